import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { type JsonMap, parseJson } from "../../base/json.ts";
import { error, now, objects, tables as further } from "../../../tests/support/function_tables.ts";
import { atTime, functionDocs, inEnvironment, parseTemplate, renderValue } from "../mod.ts";
import { functionList, library } from "./library.ts";
import { otherNames } from "./other_names.ts";

const data = {
  ...objects,
  ...parseJson(`{
  "text": "Hello", "empty": "", "zero": 0, "no": false, "yes": true, "half": 0.5, "int": 42, "none": null,
  "big": 9007199254740993, "max": 9223372036854775807, "min": -9223372036854775808,
  "list": ["a", "b", 3, null], "map": {"b": 2, "a": {"x": [1, "two"]}}, "emptyList": [], "emptyMap": {},
  "metadata": {
    "name": "blog", "namespace": "web", "uid": "u1", "resourceVersion": "77", "generation": 3,
    "creationTimestamp": "2024-01-01T00:00:00Z",
    "labels": {"app": "blog", "tier": "gold", "count": "7"}, "annotations": {"note": "n", "size": "12", "bad": "x1"},
    "ownerReferences": [{"kind": "A", "name": "a"}, {"kind": "Website", "name": "w", "controller": true}]
  },
  "spec": {"replicas": 2, "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}},
  "status": {
    "phase": "Running", "observedGeneration": 3, "readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 2,
    "conditions": [{"type": "Ready", "status": "True", "reason": "Good", "message": "all well"}, {"type": "Bad", "status": "False"}]
  },
  "fresh": {"metadata": {"generation": 2}, "status": {"observedGeneration": 1}},
  "gone": {"metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z"}},
  "idle": {"spec": {"replicas": 0}}
}`) as JsonMap,
};

function value(expression: string): unknown {
  const environment = { wallMs: now, random: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
  return inEnvironment(environment, () => renderValue(parseTemplate(`{{${expression}}}`), data));
}

/** Expressions and the values that they give; "error" where the call fails. */
type Table = Readonly<Record<string, unknown>>;

const tables: Readonly<Record<string, Table>> = {
  "Conditional": {
    ".nope | default 3": 3,
    "default 3 .nope": 3,
    "default 3 .int": 42,
    'default "x" .empty': "x",
    "default 3 .zero": 3,
    "default true .no": true,
    "default .list .emptyList": ["a", "b", 3, null],
    "coalesce .nope .empty .zero .text .int": "Hello",
    "coalesce .nope .empty": undefined,
    "coalesce": undefined,
    "ternary .yes 1 2": 1,
    "ternary .empty 1 2": 2,
    'ternary (eq .int 42) "a" "b"': "a",
    "boolTernary .yes 1 2": 1,
    'boolTernary "true" 1 2': 1,
    "boolTernary .nope 1 2": 2,
    'boolTernary "yes" 1 2': 2,
    "boolDefault .no true": false,
    "boolDefault .nope true": true,
    'boolDefault "false" true': false,
    "boolDefault .int true": true,
    'eqTernary .int "42" "same" "other"': "same",
    'eqTernary .nope "" "same" "other"': "same",
    'eqTernary .text "x" "same" "other"': "other",
    "empty .nope": true,
    "empty .none": true,
    "empty .zero": true,
    "empty .no": true,
    "empty .emptyList": true,
    "empty .emptyMap": true,
    "empty .half": false,
    "notEmpty .text": true,
    "notEmpty .empty": false,
  },
  "Safe access": {
    "getOr .nope 1": 1,
    "getOr .zero 1": 0,
    "getOr .none 1": 1,
    'getStringOr .text "x"': "Hello",
    'getStringOr .int "x"': "x",
    'getStringOr .nope "x"': "x",
    "getIntOr .int 1": 42,
    "getIntOr .half 1": 0,
    'getIntOr "7" 1': 1,
    "getIntOr .nope 1": 1,
    "getIntOr .big 1": 9007199254740993n,
    "getBoolOr .no true": false,
    "getBoolOr .nope true": true,
    'getBoolOr "false" true': true,
  },
  "Types": {
    "typeOf .map": "map",
    "typeOf .list": "slice",
    "typeOf .text": "string",
    "typeOf .half": "number",
    "typeOf 1": "number",
    "typeOf .yes": "bool",
    "typeOf .nope": "null",
    "typeMap .map": true,
    "typeList .map": false,
    "typeString .text": true,
    "typeNumber .big": true,
    "typeBool .no": true,
    "typeNull .none": true,
    "isScalar .text": true,
    "isScalar .list": false,
    "isScalar .nope": false,
    "isComposite .map": true,
    "isComposite .text": false,
    "isEmpty .empty": true,
    "Empty .text": false,
    "toInt 2.9": 2,
    "toInt -2.9": -2,
    'toInt "12"': 12,
    'toInt " 12.7 "': 12,
    'toInt "1e3"': 1000,
    'toInt "9007199254740993"': 9007199254740993n,
    'toInt "abc"': 0,
    "toInt .yes": 1,
    "toInt .no": 0,
    "toInt .nope": 0,
    "toInt .list": 0,
    "toInt 1e30": 9223372036854775807n,
    "toInt -1e30": -9223372036854775808n,
    'toFloat "2.5"': 2.5,
    'printf "%T" (toFloat 2)': "float64",
    'toFloat "x"': 0,
    "toBool .yes": true,
    'toBool "YES"': true,
    'toBool "on"': true,
    "toBool 1": true,
    'toBool " off "': false,
    'toBool "0"': false,
    "toBool .nope": false,
    "toBool .empty": false,
    'toBool "maybe"': error,
    "toBool 2": error,
    "toBool .list": error,
    "toString .int": "42",
    "toString .half": "0.5",
    "toString .list": "[a b 3 <nil>]",
    "toString .nope": "",
    "toJson .map": '{"a":{"x":[1,"two"]},"b":2}',
    "toJson .nope": "null",
    "toJson .max": "9223372036854775807",
    "toJson 2.0": "2",
    'toJson "<a & \\"b\\">\\n"': '"<a & \\"b\\">\\n"',
    "toJson (mul 1e308 10)": error,
    'toList "a, b ,,c,"': ["a", "b", "c"],
    "toList .empty": [],
    "toList .nope": [],
    "toList .list": ["a", "b", 3, null],
    "toList .int": ["42"],
    "len .text": 5,
    'len "é"': 2,
    "len .list": 4,
    "len .map": 2,
    "len .nope": 0,
    "len .int": error,
  },
  "Strings": {
    "toLower .text": "hello",
    "lower .text": "hello",
    "upper .text": "HELLO",
    "toUpper .text": "HELLO",
    'toUpper "straße ﬁ ᾀ"': "STRAßE ﬁ ᾈ",
    'toLower "İÀ"': "ià",
    "toLower .int": "42",
    "toLower .nope": "",
    "toLower .list": error,
    'trim "xxaxx" "x"': "a",
    'trim "--a.b.-" ".-"': "a.b",
    'trim "a" ""': "a",
    'trim "😀a😀" "😀"': "a",
    'trimSpace "\\u00a0 a b\\n\\t"': "a b",
    'trimSpace "\\ufeffa"': "\ufeffa",
    'trimPrefix .text "He"': "llo",
    'trimPrefix .text "x"': "Hello",
    'trimSuffix .text "lo"': "Hel",
    'trimSuffix .text ""': "Hello",
    'hasPrefix .text "He"': true,
    'hasSuffix .text "He"': false,
    'hasPrefix .nope ""': true,
    'contains .text "ell"': true,
    'contains .text "ELL"': false,
    'contains .nope "x"': false,
    'replace .text "l" "L"': "HeLLo",
    'replace .text "l" "$&$1"': "He$&$1$&$1o",
    'replace "ab" "" "-"': "-a-b-",
    'split "a,b,,c" ","': ["a", "b", "", "c"],
    'split "héy" ""': ["h", "é", "y"],
    'split .empty ","': [""],
    'split .nope ","': [],
    'join .list "-"': "a-b-3-",
    'join .emptyList ","': "",
    'join .nope ","': "",
    'join .text ","': "Hello",
    'join .int ","': error,
    'repeat "ab" 3': "ababab",
    'repeat "ab" 0': "",
    'repeat "ab" -1': "",
    'repeat "ab" "2"': "abab",
    'repeat "" 1000000000000': "",
    'concat .text "-" .int .nope .list': 'Hello-42["a","b",3,null]',
    "concat": "",
    'camelToKebab "myFieldName"': "my-field-name",
    'camelToKebab "HTTPServer2Go"': "http-server2-go",
    'camelToKebab "already-kebab"': "already-kebab",
    'camelToKebab "snake_Case"': "snake-case",
    "truncate .text 3": "Hel...",
    "truncate .text 5": "Hello",
    "truncate .text 9": "Hello",
    'truncate "日本語" 2': "日本...",
    "truncate .text 0": "...",
    "truncate .nope 3": "",
    "contains 1 2 3": error,
  },
  "Data": {
    'toBase64 "héllo"': "aMOpbGxv",
    'toBase64 "a"': "YQ==",
    'toBase64 "ab"': "YWI=",
    "toBase64 .nope": "",
    "toBase64 .emptyMap": "e30=",
    'fromBase64 "aMOpbGxv"': "héllo",
    'fromBase64 "YQ=="': "a",
    'fromBase64 "YWI=\\n"': "ab",
    "fromBase64 .nope": "",
    'fromBase64 "a"': error,
    'fromBase64 "a b="': error,
    'printf "%x" (fromBase64 "//4=")': "fffe",
    "toJSON .list": '["a","b",3,null]',
    'sha256sum "abc"': "ba7816bf",
    "sha256sum .nope": "e3b0c442",
    'slugify "  Héllo, World! 2 "': "h-llo-world-2",
    'slugify "---"': "",
    'truncateName "my-long-name" 8': "my-long",
    'truncateName "my-long-name" 7': "my-long",
    'truncateName "short-" 20': "short-",
    'lookup .int "1" "a" "42" "b"': "b",
    'lookup "x" "1" "a"': "",
    'lookup "x"': "",
    'lookup "b" "a" 1 "b" .list': ["a", "b", 3, null],
    'lookup "b" "a"': error,
    'repoSlug "https://github.com/Owner/repo.git"': "Owner/repo",
    'repoSlug "git@gitlab.com:group/sub/repo.git"': "sub/repo",
    'repoSlug "ssh://git@host:22/o/r/"': "o/r",
    'repoSlug "https://github.com/o/r?x=1#y"': "o/r",
    'repoSlug "o/r"': "o/r",
    "repoSlug .nope": "",
  },
  "Collections": {
    "asList .list": ["a", "b", 3, null],
    "asList .text": [],
    "asList .nope": [],
    "asMap .text": {},
    "(asMap .map).b": 2,
    "asString .map": '{"a":{"x":[1,"two"]},"b":2}',
    "asString .text": "Hello",
    "asString .nope": "",
    "listGet .list 0": "a",
    "listGet .list 9": undefined,
    "listGet .list -1": undefined,
    "listGet .nope 0": undefined,
    "listGet .text 0": error,
    'listHas .list "b"': true,
    "listHas .list 3": true,
    "listHas .list 3.0": true,
    'listHas .list "3"': false,
    "listHas .list nil": true,
    "listHas .nope 1": false,
    "listHas (mapValues .map) .map.a": true,
    "listLen .list": 4,
    "listLen .nope": 0,
    'mapGet .map "b"': 2,
    'mapGet .map "nope"': undefined,
    'mapGet .nope "b"': undefined,
    'mapGet .map "toString"': undefined,
    "mapKeys .map": ["a", "b"],
    "mapKeys .nope": [],
    "mapKeys .list": error,
    "mapValues .map": [{ x: [1, "two"] }, 2],
    'mapPick .map "b" "zzz"': { b: 2 },
    'mapOmit .map "b"': { a: { x: [1, "two"] } },
    'mapOmit .map (toList "a,b")': {},
    'mapPick .nope "b"': {},
  },
  "Lists of maps": {
    'mapEntries .metadata.labels "name" "value"': [
      { name: "app", value: "blog" },
      { name: "count", value: "7" },
      { name: "tier", value: "gold" },
    ],
    'mapEntries .nope "name" "value"': [],
    'mapEntries .emptyMap "name" "value"': [],
    'mapEntries .list "name" "value"': error,
    'mapEntries .map "k" "v"': [{ k: "a", v: { x: [1, "two"] } }, { k: "b", v: 2 }],
    'listWrap .list "name"': [{ name: "a" }, { name: "b" }, { name: 3 }, { name: null }],
    'listWrap (toList "a,b") "name" "kind" "User" "n" 1': [{ name: "a", kind: "User", n: 1 }, {
      name: "b",
      kind: "User",
      n: 1,
    }],
    'listWrap (toList "a") "name" "name" "b"': [{ name: "a" }],
    'listWrap .nope "name"': [],
    'listWrap .list "name" "kind"': error,
    'listWrap .map "name"': error,
  },
  "Math": {
    "add 1 2": 3,
    "add 1.5 2": 3.5,
    "add 1.5 1.5": 3,
    'add "3" 1': 4,
    "add .nope 1": 1,
    "add .big 1": 9007199254740994n,
    "add .max 1": -9223372036854775808n,
    "add .text 1": error,
    "add .yes 1": error,
    "add .list 1": error,
    "sub 1 2": -1,
    "sub .min 1": 9223372036854775807n,
    "sub 0.3 0.1": 0.3 - 0.1,
    "mul 3 4": 12,
    "mul 94906267 94906267": 9007199515875289n,
    "mul .big 3": 27021597764222979n,
    "mul 1.5 2": 3,
    "div 6 3": 2,
    "div 7 2": 3.5,
    "div 1 0": error,
    "div 1.0 0.0": error,
    "div .nope 2": 0,
    "div .big 1": 9007199254740993n,
    "div .min -1": -9223372036854775808n,
    "mod 7 3": 1,
    "mod -7 3": -1,
    "mod 7.9 3": 1,
    "mod 1 0": error,
    "min 2 1.5": 1.5,
    "min 1 2": 1,
    "max .big 1.5": 9007199254740993n,
    'max "10" 9': 10,
    "clamp 5 1 3": 3,
    "clamp 0 1 3": 1,
    "clamp 2 1 3": 2,
    "clamp .nope 1 3": 1,
    "abs -3": 3,
    "abs -1.5": 1.5,
    "abs .min": -9223372036854775808n,
    "abs .max": 9223372036854775807n,
  },
  "Kubernetes object": {
    'get . "map" "a" "x" 1': "two",
    'get . "map" "a" "x" "1"': "two",
    'get . "map" "nope" "x"': undefined,
    'get .nope "a"': undefined,
    'get . "text" "a"': undefined,
    'get . "list" 9': undefined,
    'get . "list" "a"': undefined,
    "(meta .).name": "blog",
    "(spec .).replicas": 2,
    "(status .).phase": "Running",
    "spec .nope": {},
    '(labels .).app | print "app="': "app=blog",
    "annotations .fresh": {},
    "phase .": "Running",
    "phase .nope": "",
    "generation .": 3,
    "generation .nope": 0,
    "observedGeneration .fresh": 1,
    "isSynced .": true,
    "isSynced .fresh": false,
    "isSynced .nope": false,
    "isTerminating .gone": true,
    "isTerminating .": false,
    "resourceExists .fresh": true,
    "resourceExists .nope": false,
    "resourceExists .emptyMap": false,
    'hasCondition . "Ready"': true,
    'hasCondition . "Bad"': false,
    'hasCondition . "Nope"': false,
    'hasCondition .nope "Ready"': false,
    'conditionReason . "Ready"': "Good",
    'conditionReason . "Bad"': "",
    'conditionMessage . "Ready"': "all well",
    'conditionMessage .nope "Ready"': "",
    'getLabel . "app"': "blog",
    'getLabel . "nope"': "",
    'getLabel .nope "app"': "",
    'getAnnotation . "note"': "n",
    'getLabelInt . "count"': 7,
    'getLabelInt . "app"': 0,
    'getAnnotationInt . "size"': 12,
    'getAnnotationInt . "bad"': 0,
    'hasLabel . "app"': true,
    'hasLabel . "nope"': false,
    'hasAnnotation . "note"': true,
    'labelMatches . "app" "blog" "tier" "gold"': true,
    'labelMatches . "app" "blog" "tier" "iron"': false,
    'labelMatches . "count" 7': true,
    'labelMatches .nope "app" "blog"': false,
    "labelMatches .": true,
    'labelMatches . "app"': error,
    'getStatus . "readyReplicas"': 2,
    'getStatus . "nope"': "",
    'hasStatus . "phase"': true,
    'hasStatus . "nope"': false,
    "ownerKind .": "Website",
    "ownerName .": "w",
    "ownerName .fresh": "",
    "resourceCPU .": "100m",
    "resourceMemory .": "64Mi",
    "resourceCPU .nope": "",
    "resourceName .": "blog",
    "resourceNamespace .": "web",
    "name .": "blog",
    "namespace .nope": "",
    "resourceUID .": "u1",
    "resourceVersion .": "77",
    "creationTimestamp .": "2024-01-01T00:00:00Z",
  },
  "Replicas": {
    "allReplicasReady .": true,
    "replicasReady .": true,
    "allReplicasReady .nope": false,
    "allReplicasReady .idle": true,
    "allReplicasReady .fresh": false,
    "desiredReplicas .": 2,
    "desiredReplicas .nope": 1,
    "desiredReplicas .idle": 0,
    "readyReplicas .": 2,
    "availableReplicas .": 2,
    "updatedReplicas .": 1,
    "readyReplicas .nope": 0,
    "rolloutComplete .": false,
    "rolloutComplete .idle": true,
  },
  ...further,
};

for (const [domain, table] of Object.entries(tables)) {
  Deno.test(`the functions of "${domain}" give what the reference says`, () => {
    for (const [expression, expected] of Object.entries(table)) {
      if (expected === error) throws(() => value(expression), { name: "TemplateError", kind: "execution" }, expression);
      else deepStrictEqual(value(expression), expected, expression);
    }
  });
}

Deno.test("every function of our own is tested by name", () => {
  const tried = new Set(Object.values(tables).flatMap((table) => Object.keys(table).join(" ").match(/\w+/g) ?? []));
  const ours = functionList.filter(({ domain }) => !domain.startsWith("Go"));
  deepStrictEqual(ours.map(({ name }) => name).filter((name) => !tried.has(name)), []);
  ok(ours.length > 100, String(ours.length));
});

Deno.test("a function that does not exist has a hint: its name here, what to do in its place, or where all are", () => {
  const table: Record<string, RegExp> = {
    toLowr: /^did you mean "toLower"\?$/,
    atoi: /^did you mean "toInt"\?$/,
    randAlphaNum: /^did you mean "randomAlphanumeric"\?$/,
    nindent: /nothing has to be indented/,
    nosuchfunction: /^docs\/functions\.md has all functions$/,
  };
  for (const [name, hint] of Object.entries(table)) {
    throws(
      () => parseTemplate(`{{ ${name} .spec.x }}`),
      (error: { hint?: string }) => hint.test(error.hint ?? ""),
      name,
    );
  }
  for (const [name, hint] of otherNames) {
    ok(!library.has(name), `${name} exists`);
    ok(library.has(hint) || hint.includes(" "), `${hint} does not exist`);
  }
});

Deno.test("functionDocs describe each function once, in one sentence", () => {
  deepStrictEqual(functionDocs.length, library.size);
  for (const { name, signature, summary } of functionDocs) {
    ok(signature.startsWith(`${name}(`), signature);
    ok(summary !== "" && !summary.endsWith("."), name);
  }
});

Deno.test("no function changes its arguments", () => {
  const before = JSON.stringify(data, (_key, item) => typeof item === "bigint" ? String(item) : item);
  for (const { name, minArguments } of functionList) {
    for (const argument of [".", ".list", ".map", ".text"]) {
      try {
        value([name, ...Array.from({ length: minArguments }, () => argument)].join(" "));
      } catch {
        // Most make no sense; they are not the point.
      }
    }
  }
  deepStrictEqual(JSON.stringify(data, (_key, item) => typeof item === "bigint" ? String(item) : item), before);
});

Deno.test("no function fails otherwise than by a TemplateError, whatever its arguments", () => {
  const operands = [
    "nil",
    ".nope",
    ".text",
    '""',
    ".zero",
    ".half",
    ".max",
    "-1",
    "1e308",
    ".yes",
    ".list",
    ".map",
    "1i",
    "'x'",
    '"\\xff"',
  ];
  for (const { name, minArguments, maxArguments } of functionList) {
    for (let count = minArguments; count <= Math.min(maxArguments ?? 3, 3); count++) {
      for (let pick = 0; pick < operands.length * 4; pick++) {
        const args = Array.from({ length: count }, (_, i) => operands[(pick * (i + 1) + i * 7) % operands.length]);
        try {
          value([name, ...args].join(" "));
        } catch (failure) {
          deepStrictEqual((failure as Error).name, "TemplateError", `${name} ${args.join(" ")}: ${failure}`);
        }
      }
    }
  }
});

Deno.test("what is random is another value each time, evenly spread, and nothing where several processes decide alike", () => {
  const drawn = Array.from({ length: 200 }, () => value("randomAlphanumeric 24"));
  deepStrictEqual(new Set(drawn).size, 200);
  ok(drawn.every((text) => /^[A-Za-z0-9]{24}$/.test(text as string)));
  const seen = new Set(drawn.join(""));
  deepStrictEqual(seen.size, 62, "every letter and digit comes");
  ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value("uuidv4") as string));
  throws(() => atTime(now, () => renderValue(parseTemplate("{{ randomHex 4 }}"), {})), /nothing may be random here/);
});

Deno.test("without a clock nobody knows what time it is", () => {
  throws(() => renderValue(parseTemplate("{{ weekday }}"), {}), /there is no clock here/);
});
