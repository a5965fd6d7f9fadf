// Draws the histories of a box with uPlot, in place of the drawings that came with the page.
"use strict";

(() => {
  const height = 150;
  /** By their figure. */
  const plots = new Map();

  addEventListener("DOMContentLoaded", draw);
  addEventListener("ork:drawn", draw);
  addEventListener("resize", resize);
  // A canvas keeps the colours in which it was drawn.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

  function draw() {
    for (const [figure, plot] of plots) {
      if (figure.isConnected) continue;
      plot.chart.destroy();
      plots.delete(figure);
    }
    for (const figure of document.querySelectorAll("figure[data-plot]")) {
      const data = dataOf(figure);
      if (data === undefined) continue;
      const theme = getComputedStyle(figure).getPropertyValue("--accent");
      const known = plots.get(figure);
      if (known !== undefined && known.theme === theme) {
        if (known.text !== figure.dataset.plot) known.chart.setData(data);
        known.text = figure.dataset.plot;
        continue;
      }
      known?.chart.destroy();
      plots.set(figure, { chart: chartIn(figure, data), text: figure.dataset.plot, theme });
    }
  }

  function dataOf({ dataset }) {
    try {
      const { times, values } = JSON.parse(dataset.plot);
      return Array.isArray(times) && times.length > 1 && times.length === values.length ? [times, values] : undefined;
    } catch {
      return undefined; // the drawing stays
    }
  }

  function chartIn(figure, data) {
    for (const part of figure.querySelectorAll("svg, .axis")) part.setAttribute("hidden", "");
    figure.setAttribute("data-drawn", "");
    const style = getComputedStyle(figure);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour("--muted"),
      font: `11px ${style.fontFamily}`,
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const chart = new uPlot(
      {
        width: figure.clientWidth,
        height,
        // As everywhere else on the page.
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
        axes: [
          { ...axis, space: 90, values: (_plot, seconds) => seconds.map(timeOf) },
          { ...axis, size: 44, space: 36 },
        ],
        series: [{}, { stroke: colour("--accent"), width: 1.5, points: { show: false } }],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { size: 6 } },
        hooks: { setCursor: [(plot) => say(figure, plot)] },
      },
      data,
      figure,
    );
    chart.root.setAttribute("role", "img");
    chart.root.setAttribute("aria-label", figure.querySelector("svg")?.getAttribute("aria-label") ?? "");
    return chart;
  }

  /** The value under the pointer, beside the title. */
  function say(figure, plot) {
    let shown = figure.querySelector(".at");
    if (shown === null) {
      shown = document.createElement("span");
      shown.className = "at";
      figure.append(shown);
    }
    const { idx } = plot.cursor;
    const [time, value] = [plot.data[0][idx], plot.data[1][idx]];
    shown.textContent = time === undefined
      ? ""
      : `${value === null || value === undefined ? "–" : Number(value.toPrecision(3))}${figure.dataset.unit ?? ""} at ${
        timeOf(time)
      } UTC`;
  }

  /** In UTC, as everywhere else on the page: `19:40:02`. */
  function timeOf(seconds) {
    return new Date(seconds * 1000).toISOString().slice(11, 19);
  }

  function resize() {
    for (const [figure, { chart }] of plots) chart.setSize({ width: figure.clientWidth, height });
  }
})();
