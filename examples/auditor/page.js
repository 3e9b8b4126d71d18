// The page works without this: it only filters, zooms and opens what is there. Texts
// of the log are read and compared here, and written nowhere but as text.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  document.body.classList.add("scripted");
  const list = $("entries");
  if (!list) return;

  const marks = new Map();
  for (const m of document.querySelectorAll(".m")) marks.set(m.dataset.e, m);
  const rows = [...list.children].map((li) => ({
    li, t: Number(li.dataset.t), mark: marks.get(li.dataset.i), text: "", on: true,
    trouble: li.classList.contains("bad") || li.classList.contains("warn"),
  }));
  const first = Math.min(...rows.map((r) => r.t));
  const last = Math.max(...rows.map((r) => r.t), first + 1);
  let from = first, to = last;

  // text is what is searched: what an entry says, without the leaf's base64.
  const text = (row) => (row.text ||= [...row.li.querySelectorAll("summary, p, dt, dd, .proofs li")]
    .map((e) => e.textContent).join(" ").toLowerCase());

  // matches says whether the form lets an entry through.
  const matches = (row, q) => {
    const d = row.li.dataset;
    const agent = $("by-agent").value, task = $("by-task").value, type = $("by-type").value;
    return (!agent || d.agent === agent || d.about === agent) && (!task || d.task === task) &&
      (!type || d.type === type) && (!$("trouble").checked || row.trouble) &&
      q.every((word) => text(row).includes(word));
  };

  const tickTime = (t) => new Date(t * 1000).toISOString().slice(0, 19).replace("T", " ");

  function draw() {
    const q = $("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const inside = row.t >= from && row.t <= to;
      row.on = inside && matches(row, q);
      row.li.hidden = !row.on;
      if (row.on) n++;
      if (!row.mark) continue;
      row.mark.toggleAttribute("hidden", !row.on);
      row.mark.style.display = row.on ? "" : "none";
      if (inside) row.mark.setAttribute("x", (1 + 98 * (row.t - from) / Math.max(to - from, 1)).toFixed(4) + "%");
    }
    $("shown").textContent = n + (n === 1 ? " entry" : " entries") + (n < rows.length ? " of " + rows.length : "");
    [...$("ticks").children].forEach((li, i) => { li.textContent = tickTime(Math.floor(from + (to - from) * i / 4)); });
  }

  // zoom shows the time from a to b, at least a second and never beyond the log.
  function zoom(a, b) {
    const span = Math.min(Math.max(b - a, 1), last - first);
    from = Math.min(Math.max(a, first), last - span);
    to = from + span;
    draw();
  }

  const steps = {
    in: () => zoom(from + (to - from) / 4, to - (to - from) / 4),
    out: () => zoom(from - (to - from) / 2, to + (to - from) / 2),
    left: () => zoom(from - (to - from) / 4, to - (to - from) / 4),
    right: () => zoom(from + (to - from) / 4, to + (to - from) / 4),
    all: () => zoom(first, last),
  };
  for (const b of document.querySelectorAll("[data-zoom]")) b.addEventListener("click", steps[b.dataset.zoom]);

  const plot = $("plot");
  const keys = { "+": "in", "=": "in", "-": "out", "0": "all", ArrowLeft: "left", ArrowRight: "right" };
  plot.addEventListener("keydown", (ev) => {
    const step = steps[keys[ev.key]];
    if (!step || ev.ctrlKey || ev.metaKey || ev.altKey) return;
    ev.preventDefault();
    step();
  });

  // Dragging over the picture shows that time.
  let drag = null;
  const at = (ev) => {
    const box = plot.getBoundingClientRect();
    return Math.min(Math.max((ev.clientX - box.left) / box.width, 0), 1);
  };
  plot.addEventListener("pointerdown", (ev) => {
    if (ev.button !== 0 || ev.target.closest(".m")) return;
    const el = document.createElement("div");
    el.className = "range";
    drag = { x: at(ev), el };
    plot.append(el);
    plot.setPointerCapture(ev.pointerId);
  });
  plot.addEventListener("pointermove", (ev) => {
    if (!drag) return;
    const x = at(ev);
    drag.el.style.left = 100 * Math.min(x, drag.x) + "%";
    drag.el.style.width = 100 * Math.abs(x - drag.x) + "%";
  });
  const drop = (ev) => {
    if (!drag) return;
    const a = Math.min(at(ev), drag.x), b = Math.max(at(ev), drag.x);
    drag.el.remove();
    drag = null;
    const time = (x) => from + (to - from) * (x - 0.01) / 0.98;
    if (ev.type === "pointerup" && b - a > 0.02) zoom(time(a), time(b));
  };
  plot.addEventListener("pointerup", drop);
  plot.addEventListener("pointercancel", drop);

  function reset() {
    $("q").form.reset();
    zoom(first, last);
  }

  // open shows an entry, whatever the filter.
  function open(id) {
    const li = id && /^e\d+$/.test(id) ? $(id) : null;
    if (!li) return;
    if (li.hidden) reset();
    const details = li.querySelector("details");
    details.open = true;
    li.scrollIntoView({ block: "start" });
    details.querySelector("summary").focus({ preventScroll: true });
  }
  $("marks").addEventListener("click", (ev) => {
    const m = ev.target.closest(".m");
    if (m) open("e" + m.dataset.e);
  });
  addEventListener("hashchange", () => open(location.hash.slice(1)));

  for (const b of document.querySelectorAll("[data-show]")) {
    b.addEventListener("click", () => {
      reset();
      $("by-agent").value = b.dataset.show;
      draw();
      $("timeline").scrollIntoView();
      $("by-agent").focus({ preventScroll: true });
    });
  }
  const form = $("q").form;
  form.addEventListener("submit", (ev) => ev.preventDefault());
  form.addEventListener("input", draw);
  form.addEventListener("reset", () => setTimeout(() => zoom(first, last)));

  // Up and down go from entry to entry, / to the search.
  addEventListener("keydown", (ev) => {
    if (ev.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(ev.target.tagName)) {
      ev.preventDefault();
      $("q").focus();
    }
    const li = ev.target.tagName === "SUMMARY" && ev.target.closest(".e");
    if (!li || (ev.key !== "ArrowDown" && ev.key !== "ArrowUp")) return;
    const on = rows.filter((r) => r.on), n = on.findIndex((r) => r.li === li);
    const next = on[n + (ev.key === "ArrowDown" ? 1 : -1)];
    if (next) {
      ev.preventDefault();
      next.li.querySelector("summary").focus();
    }
  });

  draw();
  open(location.hash.slice(1));
})();
