// What a page does beyond being read: it stays up to date, copies texts, follows keys. Without it every page works.
"use strict";

(() => {
  const root = document.documentElement;
  const themes = ["", "dark", "light"];
  const themeNames = { "": "as the system", dark: "dark", light: "light" };

  // Before the page is drawn, so that it does not flash.
  applyTheme(storedTheme());

  addEventListener("DOMContentLoaded", () => {
    showTools();
    describeTheme();
    tick();
    setInterval(tick, 1000);
    follow();
  });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);

  // Light and dark

  function storedTheme() {
    try {
      return localStorage.getItem("theme") ?? "";
    } catch {
      return ""; // storage is switched off
    }
  }

  function applyTheme(theme) {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }

  function nextTheme() {
    const theme = themes[(themes.indexOf(root.dataset.theme ?? "") + 1) % themes.length];
    applyTheme(theme);
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // It holds for this page.
    }
    describeTheme();
    dispatchEvent(new Event("ork:drawn"));
  }

  function describeTheme() {
    const button = document.getElementById("theme");
    if (button === null) return;
    const name = themeNames[root.dataset.theme ?? ""];
    button.textContent = `Theme: ${name}`;
  }

  // Buttons

  function showTools() {
    for (const element of document.querySelectorAll("button[hidden]")) element.hidden = false;
  }

  function clicked({ target }) {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button === null) return;
    if (button.id === "theme") nextTheme();
    else if (button.id === "help") document.getElementById("keys").showModal();
    else if (button.dataset.copy !== undefined) copy(button);
  }

  async function copy(button) {
    let said = "copied";
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      said = "not allowed";
    }
    button.textContent = said;
    setTimeout(() => button.textContent = "copy", 1500);
  }

  // Keys

  let prefix = false;

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    const isTyping = target instanceof Element && target.closest("input, textarea, select") !== null;
    if (isTyping) {
      if (key === "Escape") target.blur();
      return;
    }
    if (prefix) {
      prefix = false;
      if (go(key)) event.preventDefault();
      return;
    }
    if (key === "g") {
      prefix = true;
      setTimeout(() => prefix = false, 1500);
    } else if (key === "/") {
      const search = document.querySelector("[data-search]");
      if (search === null) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (key === "?") {
      const keys = document.getElementById("keys");
      if (!keys.open) keys.showModal();
    } else if (key === "t") nextTheme();
  }

  function go(key) {
    if (!/^[a-z]$/.test(key)) return false;
    const link = document.querySelector(`[data-go~="${key}"]`);
    const part = { w: "webhooks", s: "source" }[key];
    const katalog = document.querySelector('[data-go~="b"]');
    if (link !== null) location.href = link.href;
    else if (part !== undefined && katalog !== null) location.href = `${katalog.getAttribute("href")}/${part}`;
    else return false;
    return true;
  }

  // Ages

  function tick() {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[data-age]")) {
      const ms = Date.parse(time.dateTime);
      const ago = time.dataset.age === "ago" ? " ago" : "";
      const text = ms <= now ? `${span(now - ms)}${ago}` : `in ${span(ms - now)}`;
      if (time.textContent !== text) time.textContent = text;
    }
  }

  /** As `span` of the server writes it. */
  function span(ms) {
    const seconds = Math.floor(ms / 1000);
    if (seconds < 60) return `${seconds}s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
    if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
    return `${Math.floor(seconds / 86400)}d`;
  }

  // Up to date

  function follow() {
    const live = document.getElementById("live");
    const say = (text, isLost) => {
      live.hidden = false;
      if (live.textContent !== text) live.textContent = text;
      live.classList.toggle("lost", isLost);
    };
    const katalog = /^\/k\/([^/]+)/.exec(location.pathname)?.[1].replace(/[+&]/g, encodeURIComponent);
    const source = new EventSource(katalog === undefined ? "/live" : `/live?katalog=${katalog}`);
    let wanted = false;
    let loading = false;
    source.onopen = () => {
      say("live", false);
      // What has changed while the connection was away.
      void refresh();
    };
    source.onerror = () => say(source.readyState === EventSource.CLOSED ? "not live" : "reconnecting", true);
    source.addEventListener("change", () => void refresh());
    document.addEventListener("visibilitychange", () => {
      if (wanted) void refresh();
    });
    addEventListener("pagehide", () => source.close());

    async function refresh() {
      wanted = true;
      // A page that nobody sees is not loaded; one that is being loaded is loaded once more after it.
      if (document.hidden || loading) return;
      loading = true;
      try {
        while (wanted && !document.hidden) {
          wanted = false;
          await load();
        }
      } catch {
        say("reconnecting", true);
      } finally {
        loading = false;
      }
    }

    async function load() {
      const response = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
      if (!(response.headers.get("content-type") ?? "").startsWith("text/html")) return;
      const next = new DOMParser().parseFromString(trusted(await response.text()), "text/html");
      const main = next.getElementById("main");
      if (main === null) return;
      if (document.title !== next.title) document.title = next.title;
      patch(document.getElementById("main"), main);
      showTools();
      tick();
      say("live", false);
      dispatchEvent(new Event("ork:drawn"));
    }
  }

  /** Pages are our own; what is parsed is never run: only elements are taken over, and the policy forbids scripts in them. */
  function trusted(text) {
    policy ??= globalThis.trustedTypes?.createPolicy("ork", { createHTML: (html) => html });
    return policy?.createHTML(text) ?? text;
  }
  var policy;

  /**
   * Makes one element like another by the smallest changes, so that what is focused, selected, opened or scrolled stays.
   * Rows are known by `data-key`, other elements by their place.
   */
  function patch(from, to) {
    if (from.nodeType === Node.TEXT_NODE) {
      if (from.data !== to.data) from.data = to.data;
      return;
    }
    if (from.nodeType !== Node.ELEMENT_NODE) return;
    // Drawn by a script of its own, from the attribute.
    patchAttributes(from, to);
    if (from.hasAttribute("data-drawn")) {
      const [caption, nextCaption] = [from.querySelector("figcaption"), to.querySelector("figcaption")];
      if (caption !== null && nextCaption !== null) patchChildren(caption, nextCaption);
      return;
    }
    if (from.localName === "button" && from.dataset.copy !== undefined) return;
    patchChildren(from, to);
  }

  /** What a person has changed: what is open, and what is written in a form. */
  const ownAttributes = new Set(["open", "data-drawn", "hidden"]);

  function patchAttributes(from, to) {
    const isForm = /^(?:input|select|option|textarea)$/.test(from.localName);
    if (isForm && from.closest("form")?.contains(document.activeElement)) return;
    for (const { name, value } of [...to.attributes]) {
      if (ownAttributes.has(name) || (name === "value" && isForm && from.value !== from.defaultValue)) continue;
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && !ownAttributes.has(name)) from.removeAttribute(name);
    }
  }

  function patchChildren(from, to) {
    const keyed = new Map();
    for (const child of from.children) {
      const key = keyOf(child);
      if (key !== undefined) keyed.set(key, child);
    }
    const wantedKeys = new Set([...to.children].map(keyOf));
    let at = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      // What is gone goes first: then what follows it stays where it is, with its focus.
      while (at !== null && keyOf(at) !== undefined && !wantedKeys.has(keyOf(at))) {
        const next = at.nextSibling;
        at.remove();
        at = next;
      }
      const key = keyOf(wanted);
      const own = key === undefined ? undefined : keyed.get(key);
      if (own !== undefined && own.localName === wanted.localName) {
        keyed.delete(key);
        if (own === at) at = at.nextSibling;
        else from.insertBefore(own, at);
        patch(own, wanted);
      } else if (at !== null && key === undefined && keyOf(at) === undefined && isAlike(at, wanted)) {
        const next = at.nextSibling;
        patch(at, wanted);
        at = next;
      } else {
        const added = document.importNode(wanted, true);
        if (added.nodeType === Node.ELEMENT_NODE && added.localName === "tr") added.classList.add("changed");
        from.insertBefore(added, at);
      }
    }
    while (at !== null) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function keyOf(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return undefined;
    return node.dataset.key ?? (node.id === "" ? undefined : `#${node.id}`);
  }

  function isAlike(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
  }
})();
