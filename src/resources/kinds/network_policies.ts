import { type Json, type JsonMap, ownValue } from "../../base/json.ts";
import type { ListShape, MapShape, RecordShape } from "../../base/shape.ts";
import { child, typeOf } from "../child.ts";
import { fromNamespaceField, toNamespacesField } from "../copy.ts";
import { commonFields, listOf, mapOf, record, text, word } from "../fields.ts";
import { protocolField } from "../pod_fields.ts";
import { listAt, mapAt, mapsAt, present, textAt } from "../read.ts";
import { EntryError, type Shorthand } from "../shorthand.ts";

const type = typeOf("NetworkPolicy");

/** An empty selector selects everything, so it is not the same as none (D28). */
const selector = (doc: string): MapShape => ({
  ...mapOf(doc, "labelKey", text("A label value", "labelValue")),
  empty: true,
});

const peer: RecordShape = {
  ...record("One peer; without any field all Pods of the namespace", {
    podSelector: selector("Labels of Pods; `{}` is all"),
    namespaceSelector: selector("Labels of namespaces; `{}` is all"),
    ipBlock: record("Addresses", {
      cidr: text("A range, such as `10.0.0.0/8`"),
      except: listOf("Ranges within it that are left out", text("A range")),
    }, { required: ["cidr"] }),
  }, { exclusive: [["ipBlock", "podSelector"], ["ipBlock", "namespaceSelector"]] }),
  empty: true,
};

const ports = listOf(
  "Ports; all when absent",
  record("One port", {
    protocol: protocolField,
    port: text("Number or name of a port"),
  }, { required: ["port"] }),
);

function rules(doc: string, side: "from" | "to"): ListShape {
  const peers: ListShape = {
    ...listOf(side === "from" ? "Who may connect; anybody when absent" : "Where to; anywhere when absent", peer),
    empty: true,
  };
  const rule: RecordShape = { ...record("One rule", { [side]: peers, ports }), empty: true };
  return { ...listOf(doc, rule), empty: true };
}

/** `networkPolicies`: which connections the Pods of a namespace may have, declared or copied. */
export const networkPolicies: Shorthand = {
  key: "networkPolicies",
  type,
  upkeep: "apply",
  workload: false,
  copies: "fromNetworkPolicy",
  shape: record("A NetworkPolicy", {
    ...commonFields,
    podSelector: selector("Labels of the Pods that it is for; all of the namespace when absent"),
    ingress: rules("Connections to them; `[]` is none, absent is not decided here", "from"),
    egress: rules("Connections from them; `[]` is none, absent is not decided here", "to"),
    policyTypes: listOf(
      "What is decided; `Ingress` and `Egress` as there are `ingress` and `egress`, when absent",
      word("A direction", ["Ingress", "Egress"]),
    ),
    profile: text("A named set of these fields"),
    fromNetworkPolicy: text("Copy the spec of this NetworkPolicy", "dnsSubdomain"),
    fromNamespace: fromNamespaceField,
    toNamespaces: toNamespacesField,
  }, {
    required: ["name"],
    exclusive: [
      ...["profile", "ingress", "egress", "podSelector", "policyTypes"].map((field) => ["fromNetworkPolicy", field]),
      ["profile", "ingress"],
      ["profile", "egress"],
      ["profile", "policyTypes"],
    ],
    needs: { fromNamespace: ["fromNetworkPolicy"] },
  }),
  expand(entry, context) {
    const { fields } = entry;
    if (context.source !== undefined) return child(type, entry, context, { spec: context.source.spec ?? {} });
    const ingress = rulesOf(fields, "ingress", "from");
    const egress = rulesOf(fields, "egress", "to");
    const given = [...ingress === undefined ? [] : ["Ingress"], ...egress === undefined ? [] : ["Egress"]];
    const declared = [...new Set(listAt(fields, "policyTypes"))];
    const isCopy = textAt(fields, "fromNetworkPolicy") !== undefined;
    if (declared.length === 0 && given.length === 0 && !isCopy) {
      throw new EntryError("", "Cannot do without all of ingress, egress, policyTypes, profile: give one of them");
    }
    return child(type, entry, context, {
      spec: {
        podSelector: selectorOf(mapAt(fields, "podSelector") ?? {}),
        policyTypes: declared.length > 0 ? declared : given,
        // A kube-apiserver does not store an empty list: that a direction is denied is in policyTypes.
        ...present({ ingress, egress }),
      },
    });
  },
};

function rulesOf(fields: JsonMap, direction: string, side: "from" | "to"): JsonMap[] | undefined {
  if (ownValue(fields, direction) === undefined) return undefined;
  return mapsAt(fields, direction).map((rule, index) => {
    const peers = mapsAt(rule, side);
    if (ownValue(rule, side) !== undefined && peers.length === 0) {
      const path = `${direction}[${index}].${side}`;
      throw new EntryError(
        path,
        `Cannot use an empty ${side}: to Kubernetes that is everybody; leave ${side} out for it`,
      );
    }
    return present({ [side]: peers.map(peerOf), ports: mapsAt(rule, "ports").map(portOf) });
  });
}

function peerOf(written: JsonMap): JsonMap {
  const [pods, namespaces] = [mapAt(written, "podSelector"), mapAt(written, "namespaceSelector")];
  const ipBlock = mapAt(written, "ipBlock");
  if (ipBlock !== undefined) {
    return { ipBlock: present({ cidr: textAt(ipBlock, "cidr"), except: [...listAt(ipBlock, "except")] }) };
  }
  return {
    ...pods === undefined && namespaces !== undefined ? {} : { podSelector: selectorOf(pods ?? {}) },
    ...namespaces === undefined ? {} : { namespaceSelector: selectorOf(namespaces) },
  };
}

function selectorOf(matchLabels: JsonMap): JsonMap {
  return present({ matchLabels });
}

/** Digits are a number, everything else is the name of a port. */
function portOf(written: JsonMap): JsonMap {
  const text = textAt(written, "port")!;
  const port: Json = /^\d+$/.test(text) ? Number(text) : text;
  return { port, protocol: textAt(written, "protocol") ?? "TCP" };
}
