"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $$ = (words) => [...document.querySelectorAll(words)];
const byId = new Map(data.nodes.map((node) => [node.id, node]));
const panel = document.getElementById("panel"), search = document.getElementById("search"), picture = document.getElementById("picture");
const table = document.getElementById("table"), view = document.getElementById("view"), root = document.documentElement;
const SHOWN = 500; // members written at once: thousands would make the page slow
const number = (value) => value.toLocaleString("en");
let selected = null;

/** What is connected with a node by real requests: its neighbours and the bundles between them. */
function trace(id) {
  const nodes = new Map(), edges = new Set();
  for (const path of data.paths) {
    const ends = path.slice(0, -1), count = path[path.length - 1];
    if (!ends.includes(id)) continue;
    ends.forEach((end, place) => {
      nodes.set(end, (nodes.get(end) || 0) + count);
      if (place) edges.add(ends[place - 1] + "-" + end);
    });
  }
  return { nodes, edges };
}

const parts = $$("[data-node]"), flows = $$(".flow"), pictures = $$("svg.linkgraph");
function show(id) {
  const traced = id === null ? null : trace(id);
  for (const one of pictures) one.classList.toggle("traced", traced !== null);
  for (const part of parts) part.classList.toggle("on", traced !== null && traced.nodes.has(Number(part.dataset.node)));
  for (const flow of flows) flow.classList.toggle("on", traced !== null && traced.edges.has(flow.dataset.edge));
}

function reveal(shown) {
  panel.hidden = !shown;
  panel.parentElement.classList.toggle("open", shown);
}

function element(name, text, more) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return Object.assign(made, more || {});
}

function list(title, rows, total) {
  const made = document.createDocumentFragment(), items = element("ol");
  made.append(element("h3", title));
  for (const [name, count, id] of rows) {
    const item = element("li");
    item.append(id === undefined ? element("span", name) : element("button", name, { type: "button", onclick: () => open(id, true) }), element("span", number(count)));
    items.append(item);
  }
  made.append(items);
  if (total > rows.length) made.append(element("p", "and " + number(total - rows.length) + " more; the search finds them"));
  return made;
}

function open(id, focus) {
  const node = byId.get(id);
  if (!node) return;
  selected = id;
  show(id);
  panel.replaceChildren(element("button", "\u00d7", { type: "button", className: "close", ariaLabel: "Close", onclick: close }), element("h2", node.label));
  panel.append(element("p", node.role + ", " + number(node.count) + " requests" + (node.new ? ", new" : "")));
  if (node.members.length > 1) panel.append(list(number(node.members.length) + " folded into one: " + node.why, node.members.slice(0, SHOWN), node.members.length));
  const near = [...trace(id).nodes].filter(([other]) => byId.get(other).role !== node.role);
  for (const role of ["source", "port", "target"]) {
    const rows = near.filter(([other]) => byId.get(other).role === role).sort((a, b) => b[1] - a[1]).map(([other, count]) => [byId.get(other).label, count, other]);
    if (rows.length) panel.append(list(role + "s", rows.slice(0, SHOWN), rows.length));
  }
  reveal(true);
  if (focus) panel.querySelector(".close").focus();
}

function close() {
  reveal(false);
  const was = selected;
  selected = null;
  show(null);
  if (was !== null) $$('.object[data-node="' + was + '"]').find((one) => one.getClientRects().length)?.focus();
}

function find() {
  const wanted = search.value.trim().toLowerCase(), hits = new Map();
  if (wanted)
    for (const node of data.nodes) {
      const members = node.members.filter((member) => member[0].toLowerCase().includes(wanted));
      if (members.length || node.label.toLowerCase().includes(wanted)) hits.set(node.id, members);
    }
  for (const one of pictures) one.classList.toggle("found", wanted !== "");
  for (const part of parts) part.classList.toggle("hit", hits.has(Number(part.dataset.node)));
  for (const row of $$("tbody tr")) row.hidden = wanted !== "" && !hits.has(Number(row.dataset.node));
  if (!wanted) { if (selected === null) reveal(false); return; }
  selected = null;
  show(null);
  const rows = [...hits].flatMap(([id, members]) => members.length ? members.map(([name, count]) => [name, count, id]) : [[byId.get(id).label, byId.get(id).count, id]]);
  panel.replaceChildren(element("button", "\u00d7", { type: "button", className: "close", ariaLabel: "Close", onclick: () => { search.value = ""; find(); } }), element("h2", rows.length ? number(rows.length) + " found" : "Nothing found"));
  if (rows.length) panel.append(list("A click shows where it is", rows.sort((a, b) => b[1] - a[1]).slice(0, SHOWN), rows.length));
  else panel.append(element("p", "No source, port or target has \u201c" + search.value.trim() + "\u201d in its name."));
  reveal(true);
}

function toggleTable() {
  table.hidden = !table.hidden;
  picture.hidden = !table.hidden;
  view.setAttribute("aria-pressed", String(!table.hidden));
  view.textContent = table.hidden ? "Table" : "Picture";
}

function toggleTheme() {
  const dark = getComputedStyle(root).colorScheme === "dark";
  root.dataset.theme = dark ? "light" : "dark";
}

for (const one of $$(".object")) {
  const node = byId.get(Number(one.dataset.node));
  one.setAttribute("tabindex", "0");
  one.setAttribute("role", "button");
  one.setAttribute("aria-label", node.role + " " + node.label + ", " + number(node.count) + " requests");
  one.addEventListener("pointerenter", () => { if (selected === null && !search.value) show(node.id); });
  one.addEventListener("pointerleave", () => { if (selected === null) show(null); });
}
for (const row of $$("tbody tr")) row.setAttribute("tabindex", "0");
document.addEventListener("click", (event) => {
  const part = event.target.closest("[data-node]");
  if (part) open(Number(part.dataset.node), false);
  else if (event.target.closest("svg") && selected !== null) close();
});
document.addEventListener("keydown", (event) => {
  const part = event.target.closest("[data-node]"), typing = event.target === search;
  if (event.key === "Escape") { if (typing) { search.value = ""; find(); search.blur(); } else close(); }
  else if ((event.key === "Enter" || event.key === " ") && part) { event.preventDefault(); open(Number(part.dataset.node), true); }
  else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  else if (event.key === "/") { event.preventDefault(); search.focus(); }
  else if (event.key === "t") toggleTable();
  else if (event.key === "l") toggleTheme();
});
search.addEventListener("input", find);
view.addEventListener("click", toggleTable);
document.getElementById("theme").addEventListener("click", toggleTheme);
