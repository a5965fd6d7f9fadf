import { boxMetricSpecs } from "../../box/mod.ts";
import { cellMetricSpecs } from "../../cell/mod.ts";
import { gvkText } from "../../k8s/object.ts";
import {
  type ExposedPart,
  exposition,
  type MetricSpec,
  type MetricsSnapshot,
  Registry,
  type Sample,
  samplesOf,
  type Series,
} from "../../observe/metrics/mod.ts";
import { traceMetricSpecs } from "../../observe/trace/mod.ts";
import type { BoxView } from "./box_view.ts";
import type { ProcessState, Served } from "./process_state.ts";

/** What the process uses; from the platform. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Heap in use in the main isolate, without those of cells. */
  readonly heapBytes: number;
}

/** What was built. */
export interface BuildInfo {
  readonly version: string;
  /** Absent when it runs from source. */
  readonly commit?: string | undefined;
  /** Version of Deno. */
  readonly deno: string;
}

const healthy: MetricSpec = {
  name: "orkestra_crd_healthy",
  type: "gauge",
  help: "1 where the operator of the CRD is healthy, else 0.",
  labels: [],
};
const leader: MetricSpec = {
  name: "orkestra_leader",
  type: "gauge",
  help: "1 where this process reconciles, 0 on a standby.",
  labels: [],
};
const build: MetricSpec = {
  name: "orkestra_build_info",
  type: "gauge",
  help: "Always 1; the labels say what was built.",
  labels: ["version", "commit", "deno"],
};
const requests: MetricSpec = {
  name: "orkestra_http_requests_total",
  type: "counter",
  help: "Responses of this HTTP API, by status code.",
  labels: ["code"],
};
const cpu: MetricSpec = {
  name: "process_cpu_seconds_total",
  type: "counter",
  help: "User and system CPU time of the process.",
  labels: [],
};
const resident: MetricSpec = {
  name: "process_resident_memory_bytes",
  type: "gauge",
  help: "Resident memory of the process, cells included.",
  labels: [],
};
const started: MetricSpec = {
  name: "process_start_time_seconds",
  type: "gauge",
  help: "Start of the process, in seconds since 1970-01-01 UTC.",
  labels: [],
};
const heap: MetricSpec = {
  name: "orkestra_runtime_heap_bytes",
  type: "gauge",
  help: "Heap in use in the main isolate, without those of cells.",
  labels: [],
};

const files: MetricSpec = {
  name: "orkestra_katalog_files",
  type: "gauge",
  help: "1 for what the files of the Katalog are now: as they were loaded, changed, or such that they do not load.",
  labels: ["state"],
};

const crossUp: MetricSpec = {
  name: "orkestra_cross_source_up",
  type: "gauge",
  help: "1 where the box of another Runtime could be read at the last poll, else 0.",
  labels: ["source"],
};
const crossRead: MetricSpec = {
  name: "orkestra_cross_source_read_timestamp_seconds",
  type: "gauge",
  help: "When the box of another Runtime was last read, in seconds since 1970-01-01 UTC.",
  labels: ["source"],
};

/** Every metric of `/metrics`, in the order of the page. */
export const metricSpecs: readonly MetricSpec[] = [
  ...boxMetricSpecs,
  ...cellMetricSpecs,
  healthy,
  leader,
  files,
  build,
  requests,
  cpu,
  resident,
  started,
  heap,
  crossUp,
  crossRead,
  ...traceMetricSpecs,
];

/** The metrics of the process itself, and the page of all. */
export class MetricsPage {
  readonly #registry = new Registry();
  readonly #usage: () => ProcessUsage;
  readonly #more: () => MetricsSnapshot;
  readonly #requests = this.#registry.add(requests);
  readonly #leader = this.#single(leader);
  readonly #files = this.#registry.add(files);
  readonly #cpu = this.#single(cpu);
  readonly #resident = this.#single(resident);
  readonly #heap = this.#single(heap);

  constructor(
    info: BuildInfo,
    usage: () => ProcessUsage,
    startWallMs: number,
    more: () => MetricsSnapshot = () => [],
  ) {
    this.#usage = usage;
    this.#more = more;
    this.#single(started).set(startWallMs / 1000);
    this.#registry.add(build).of(info.version, info.commit ?? "", info.deno).set(1);
  }

  /** A response of the API. */
  responded(code: number): void {
    this.#requests.of(String(code)).inc();
  }

  /** In the text format. */
  print(state: ProcessState, views: readonly BoxView[]): string {
    return exposition(metricSpecs, this.#parts(state, views));
  }

  /** The samples of that name, as they are scraped; none where there is no such metric. */
  samples(name: string, state: ProcessState, views: readonly BoxView[]): Sample[] {
    const spec = metricSpecs.find((one) =>
      name === one.name || name.replace(/_(?:bucket|sum|count)$/, "") === one.name
    );
    return spec === undefined ? [] : samplesOf(spec, this.#parts(state, views)).filter((one) => one.name === name);
  }

  #parts(state: ProcessState, views: readonly BoxView[]): ExposedPart[] {
    const { cpuSeconds, residentBytes, heapBytes } = this.#usage();
    this.#cpu.set(cpuSeconds);
    this.#resident.set(residentBytes);
    this.#heap.set(heapBytes);
    this.#leader.set(state.served?.leadership.isLeader === true ? 1 : 0);
    for (const name of ["current", "changed", "broken"]) {
      this.#files.of(name).set(state.files.state === name ? 1 : 0);
    }
    const boxes = state.served === undefined ? [] : boxParts(state.served, views);
    const metrics = [...this.#registry.snapshot(), ...crossFamilies(state.served), ...this.#more()];
    return [...boxes, { labels: {}, metrics }];
  }

  #single(spec: MetricSpec): Series {
    return this.#registry.add(spec).of();
  }
}

/** Of the sources of the present Katalog alone. */
function crossFamilies(served: Served | undefined): MetricsSnapshot {
  const states = served?.crossSources?.states() ?? [];
  const read = states.flatMap(({ source, lastRead }) =>
    lastRead === undefined ? [] : [{ labels: [source], values: [Date.parse(lastRead) / 1000] }]
  );
  return [
    {
      name: crossUp.name,
      series: states.map(({ source, state }) => ({ labels: [source], values: [state === "current" ? 1 : 0] })),
    },
    { name: crossRead.name, series: read },
  ];
}

/** The label `crd` is the GVK; boxes that share one are distinguished by their names. */
function boxParts({ plan, boxes }: Served, views: readonly BoxView[]): ExposedPart[] {
  const kinds = plan.boxes.map(({ type }) => gvkText(type));
  return views.map(({ plan: { name, type }, state }) => {
    const crd = gvkText(type);
    const isShared = kinds.filter((kind) => kind === crd).length > 1;
    const own = { name: healthy.name, series: [{ labels: [], values: [state === "healthy" ? 1 : 0] }] };
    return {
      labels: { crd, ...(isShared ? { box: name } : {}) },
      metrics: [...boxes.get(name)?.metrics() ?? [], own],
    };
  });
}
