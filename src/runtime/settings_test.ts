import assert from "node:assert/strict";
import { readSettings, runFlags, type RunSettings, SettingError } from "./settings.ts";

function settings(given: Record<string, string>, env: Record<string, string> = {}): RunSettings {
  return readSettings((flag) => given[flag], (variable) => env[variable]);
}

Deno.test("readSettings() gives every setting its default when nothing is set", () => {
  assert.deepEqual(settings({}), {
    kubeconfig: undefined,
    context: undefined,
    isolation: undefined,
    cellMemoryMb: undefined,
    budget: { perSecond: 500, inFlight: 32 },
    port: undefined,
    httpLimits: { readMs: undefined, writeMs: undefined },
    gatewayEndpoint: undefined,
    leaderElect: undefined,
    leaseScope: undefined,
    namespace: undefined,
    leaseTimings: { leaseDurationMs: 5000, renewDeadlineMs: 3000, retryPeriodMs: 1000 },
    shutdownMs: 30_000,
    reload: undefined,
    logLevel: "info",
    logFormat: undefined,
  });
});

Deno.test("readSettings() reads every option", () => {
  const given: Record<string, string> = {
    ...{ "kubeconfig": "a", "context": "b", "isolation": "shared", "cell-memory": "64", "api-rate": "7" },
    ...{
      "api-calls": "8",
      "port": "0",
      "read-timeout": "30",
      "write-timeout": "1m",
      "gateway-endpoint": "http://orkestra-gateway:8080",
      "leader-elect": "true",
      "lease-scope": "box",
      "namespace": "ork",
      "lease-duration": "15",
      "renew-deadline": "10s",
    },
    ...{ "retry-period": "500ms", "shutdown-timeout": "2m", "shutdown-grace-period": "1.5m", "reload": "false" },
    ...{ "log-level": "WARN", "log-format": "text" },
  };
  assert.deepEqual(Object.keys(given), runFlags.map(({ name }) => name));
  assert.deepEqual(settings(given), {
    ...{ kubeconfig: "a", context: "b", isolation: "shared", cellMemoryMb: 64 },
    ...{ budget: { perSecond: 7, inFlight: 8 }, port: 0, leaderElect: true, leaseScope: "box", namespace: "ork" },
    leaseTimings: { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 500 },
    httpLimits: { readMs: 30_000, writeMs: 60_000 },
    gatewayEndpoint: "http://orkestra-gateway:8080",
    // The bound of the whole holds for its part.
    shutdownMs: 90_000,
    ...{ reload: false, logLevel: "warn", logFormat: "text" },
  });
});

Deno.test("readSettings() reads variables where the option is not given; an empty one is not set", () => {
  assert.equal(settings({}, { LOG_LEVEL: "error" }).logLevel, "error");
  assert.equal(settings({ "log-level": "debug" }, { LOG_LEVEL: "error" }).logLevel, "debug");
  assert.equal(settings({ "log-level": "debug" }, { LOG_LEVEL: "loud" }).logLevel, "debug");
  assert.equal(settings({}, { LOG_LEVEL: "" }).logLevel, "info");
  assert.equal(settings({}, { LOG_FORMAT: "json" }).logFormat, "json");
  assert.equal(settings({}, { ORK_PORT: "9090" }).port, 9090);
  assert.equal(settings({ port: "off" }, { ORK_PORT: "9090" }).port, "off");
});

Deno.test("readSettings() refuses what it cannot use, and names the option or the variable", () => {
  const refused: [Record<string, string>, Record<string, string>, string][] = [
    [{ isolation: "vm" }, {}, 'Cannot use "vm" as --isolation: use cells or shared'],
    [{ "cell-memory": "1G" }, {}, 'Cannot use "1G" as --cell-memory: give it in MB, as 256'],
    [{ "api-rate": "0" }, {}, 'Cannot use "0" as --api-rate: give a number from 1 to 99999'],
    [{ "api-calls": "100000" }, {}, 'Cannot use "100000" as --api-calls: give a number from 1 to 99999'],
    [{ port: "65536" }, {}, 'Cannot use "65536" as --port: give a port from 0 to 65535, or off'],
    [{}, { ORK_PORT: "http" }, 'Cannot use "http" as ORK_PORT: give a port from 0 to 65535, or off'],
    [{ "log-level": "loud" }, {}, 'Cannot use "loud" as --log-level: use debug, info, warn or error'],
    [{ "log-level": "" }, {}, 'Cannot use "" as --log-level: use debug, info, warn or error'],
    [{}, { LOG_LEVEL: "constructor" }, 'Cannot use "constructor" as LOG_LEVEL: use debug, info, warn or error'],
    [{ "leader-elect": "yes" }, {}, 'Cannot use "yes" as --leader-elect: use true or false'],
    [{}, { ORK_NAMESPACE: "A_b" }, 'Cannot use "A_b" as ORK_NAMESPACE: give the name of a namespace'],
    [{ "lease-duration": "5 s" }, {}, 'Cannot use "5 s" as --lease-duration: give a duration from 100ms to 1h, as 5s'],
    [{}, { RETRY_PERIOD: "1ms" }, 'Cannot use "1ms" as RETRY_PERIOD: give a duration from 100ms to 1h, as 5s'],
    [
      { "renew-deadline": "5s" },
      {},
      "Cannot use --renew-deadline: it must be shorter than --lease-duration, or two could write",
    ],
    [
      { "retry-period": "3s" },
      {},
      "Cannot use --retry-period: it must be shorter than --renew-deadline, or none would lead",
    ],
    [{}, { LOG_FORMAT: "xml" }, 'Cannot use "xml" as LOG_FORMAT: use text or json'],
  ];
  for (const [given, env, message] of refused) {
    assert.throws(() => settings(given, env), (error) => error instanceof SettingError && error.message === message);
  }
});
