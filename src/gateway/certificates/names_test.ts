import assert from "node:assert/strict";
import { CertificateSettingsError, webhookNames } from "./mod.ts";
import { canonicalAddress } from "./names.ts";

const place = { service: "gateway", namespace: "ork" };
const service = ["gateway", "gateway.ork", "gateway.ork.svc", "gateway.ork.svc.cluster.local"];

Deno.test("webhookNames() are the names of the Service, and the host of the advertised URL by its kind", () => {
  const cases: [url: string | undefined, dns: string[], addresses: string[]][] = [
    [undefined, service, []],
    ["https://Hooks.Example.com:8443/base", [...service, "hooks.example.com"], []],
    ["https://hooks.example.com./", [...service, "hooks.example.com"], []],
    ["https://gateway.ork.svc:8443", service, []],
    ["https://192.0.2.7:8443", service, ["192.0.2.7"]],
    ["https://[2001:DB8:0::1]:8443", service, ["2001:db8::1"]],
  ];
  for (const [advertiseUrl, dns, addresses] of cases) {
    assert.deepEqual(webhookNames({ ...place, advertiseUrl }), { dns, addresses }, advertiseUrl);
  }
});

Deno.test("webhookNames() rejects URLs that API servers do not call", () => {
  for (const advertiseUrl of ["gateway:8443", "http://gateway.example.com", "", "https://a_b.example.com"]) {
    assert.throws(() => webhookNames({ ...place, advertiseUrl }), CertificateSettingsError, advertiseUrl);
  }
});

Deno.test("canonicalAddress() has one form for each address", () => {
  assert.equal(canonicalAddress("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  assert.equal(canonicalAddress("192.0.2.7"), "192.0.2.7");
  assert.equal(canonicalAddress("::g"), undefined);
});
