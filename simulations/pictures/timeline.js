// The timeline of one run: what is there at a moment, and how one gets to another moment.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const MOVE_KINDS = ["direct", "channel", "receipt", "keys"];
  const MOVE_SHAPES = { channel: "M0-.03.03.024H-.03z", receipt: "M0-.03.03 0 0 .03-.03 0z", keys: "M-.022-.022H.022V.022H-.022z" };
  // A hop takes some milliseconds: nobody would see it.
  const MOVE_SHOWN_MS = 160;
  const LATENCY_MS_MAX = 5000;
  const EVENTS_BEFORE = 5;
  const EVENTS_AFTER = 4;
  const FAMILY_ROWS = ["crash", "cut", "slow", "other"];

  const run = JSON.parse(document.getElementById("timeline-data").textContent);
  const part = (id) => document.getElementById(id);
  const map = part("map");
  const wanted = new Set(["fault", "machine", "link", "message", "broken"]);
  let atMs = run.begun;
  // Which event one stands at, as several can be of one moment.
  let eventNumber = -1;
  let playing = false;
  let playedMs = 0;

  // What is drawn once.

  function add(parent, kind, attributes) {
    const element = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    parent.append(element);
    return element;
  }

  const place = (host) => [run.places[host][0], -run.places[host][1]];

  function line(parent, one, other, attributes) {
    const [[x1, y1], [x2, y2]] = [place(one), place(other)];
    return add(parent, "line", { x1, y1, x2, y2, ...attributes });
  }

  function hostMark(parent, host) {
    const [x, y] = place(host);
    const isNode = host < run.nodes;
    const group = add(parent, "g", { transform: `translate(${x} ${y})`, "data-host": run.hosts[host] });
    const title = add(group, "title", {});
    const shape = isNode
      ? add(group, "circle", { r: 0.052 })
      : add(group, "rect", { x: -0.036, y: -0.036, width: 0.072, height: 0.072 });
    const mark = add(group, "path", {});
    const words = add(group, "text", { "font-size": isNode ? 0.05 : 0.042, dy: isNode ? 0.018 : 0.015 });
    words.textContent = run.hosts[host].replace(/^(node|person)-/, "");
    return { group, shape, title, mark, kind: isNode ? "node" : "person" };
  }

  const edges = add(map, "g", {});
  const lines = add(map, "g", {});
  const moves = add(map, "g", {});
  const marks = add(map, "g", {});
  const edgeLines = run.edges.map(([one, other]) => line(edges, one, other, { class: "edge" }));
  const linkLines = run.links.map(([one, other]) =>
    line(lines, one, other, { "data-link": `${run.hosts[one]} ${run.hosts[other]}`, "data-state": "gone" }));
  const hostMarks = run.hosts.map((_, host) => hostMark(marks, host));

  // What is so at a moment.

  const isWithin = (spans, ms) => spans.some(([from, until]) => from <= ms && ms < until);

  function linkState([, , begins, ends, cut], ms) {
    if (ms < begins || ms >= ends) return "gone";
    for (let at = 0; at < cut.length; at += 2) if (cut[at] <= ms && ms < cut[at + 1]) return "cut";
    return "open";
  }

  function hostState(host, ms) {
    if (!isWithin(run.up[host], ms)) return "down";
    return isWithin(run.paused[host], ms) ? "paused" : "up";
  }

  const STATE_WORDS = { up: "runs", down: "does not run", paused: "stands still" };
  const STATE_MARKS = { up: "", down: "M-.04-.04.04.04M.04-.04-.04.04", paused: "M-.014-.024v.048M.014-.024v.048" };

  function drawHosts(concerned) {
    hostMarks.forEach(({ group, shape, title, mark, kind }, host) => {
      const state = hostState(host, atMs);
      shape.setAttribute("class", `${kind} ${state}`);
      group.setAttribute("class", concerned.includes(host) ? "host concerned" : "host");
      group.setAttribute("data-state", state);
      mark.setAttribute("class", state === "down" ? "cross" : "bars");
      mark.setAttribute("d", STATE_MARKS[state]);
      title.textContent = `${run.hosts[host]} ${STATE_WORDS[state]}`;
    });
  }

  function drawLinks() {
    const linked = new Set();
    run.links.forEach((link, number) => {
      const state = linkState(link, atMs);
      linkLines[number].setAttribute("data-state", state);
      const kind = link[0] >= run.nodes || link[1] >= run.nodes ? " home" : "";
      linkLines[number].setAttribute("class", `link ${state}${kind}`);
      if (state !== "gone") linked.add(`${link[0]} ${link[1]}`).add(`${link[1]} ${link[0]}`);
    });
    run.edges.forEach(([one, other], number) => {
      edgeLines[number].style.display = linked.has(`${one} ${other}`) ? "none" : "";
    });
  }

  function firstAtOrAfter(list, ms) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][0] < ms) low = middle + 1; else high = middle;
    }
    return low;
  }

  function drawMoves() {
    moves.replaceChildren();
    const from = firstAtOrAfter(run.moves, atMs - LATENCY_MS_MAX);
    for (let number = from; number < run.moves.length && run.moves[number][0] <= atMs; number += 1) {
      const [sentMs, sender, receiver, latencyMs, kindNumber] = run.moves[number];
      const way = (atMs - sentMs) / Math.max(latencyMs, MOVE_SHOWN_MS);
      if (way >= 1) continue;
      const [[x1, y1], [x2, y2]] = [place(sender), place(receiver)];
      // Those just sent stand clear of their sender.
      const along = 0.12 + 0.76 * way;
      const kind = MOVE_KINDS[kindNumber];
      const transform = `translate(${x1 + (x2 - x1) * along} ${y1 + (y2 - y1) * along})`;
      if (MOVE_SHAPES[kind]) add(moves, "path", { class: `move ${kind}`, d: MOVE_SHAPES[kind], transform });
      else add(moves, "circle", { class: `move ${kind}`, r: 0.024, transform });
    }
  }

  // What is said beside it.

  const clock = (ms) => `${((ms - run.begun) / 1000).toFixed(2)} s`;

  function sayState() {
    const up = hostMarks.filter((_, host) => host < run.nodes && hostState(host, atMs) !== "down").length;
    const number = firstAtOrAfter(run.looks, atMs + 1) - 1;
    let words = `${up} of ${run.nodes} nodes run.`;
    if (number >= 0) {
      const [, nodes, alike, islands] = run.looks[number];
      words += ` ${islands === 1 ? "One part" : `${islands} parts`}; ${alike} of ${nodes} hold one directory.`;
    }
    part("state").textContent = words;
  }

  const stands = () => run.events.filter((event) => wanted.has(event[1]));

  function eventItem(event, isNow) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = -1;
    button.className = event[1];
    button.textContent = `${clock(event[0])}  ${event[2]}`;
    if (isNow) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => goToEvent(run.events.indexOf(event)));
    item.append(button);
    return item;
  }

  function sayEvents() {
    const now = run.events[eventNumber];
    part("now").textContent = now ? now[2] : "";
    const shown = stands();
    const at = now ? shown.indexOf(now) : firstAtOrAfter(shown, atMs + 1) - 1;
    const first = Math.max(at - EVENTS_BEFORE, 0);
    const list = part("list");
    list.replaceChildren(
      ...shown.slice(first, Math.max(at, 0) + EVENTS_AFTER + 1).map((event) => eventItem(event, event === now)));
    const current = list.querySelector("[aria-current]");
    if (current) list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  function draw() {
    const now = run.events[eventNumber];
    drawHosts(now ? now[3] : []);
    drawLinks();
    drawMoves();
    sayState();
    sayEvents();
    const slider = part("slider");
    slider.value = String(atMs);
    slider.setAttribute("aria-valuetext", `${clock(atMs)}${now ? `: ${now[2]}` : ""}`);
    part("clock").textContent = clock(atMs);
    part("needle").setAttribute("x1", String(1000 * atMs / run.end));
    part("needle").setAttribute("x2", String(1000 * atMs / run.end));
  }

  // How one gets to another moment.

  function goTo(ms) {
    atMs = Math.min(Math.max(Math.round(ms), 0), run.end);
    eventNumber = -1;
    draw();
  }

  function goToEvent(number) {
    if (number < 0 || number >= run.events.length) return;
    eventNumber = number;
    atMs = run.events[number][0];
    draw();
  }

  function step(direction) {
    stop();
    let number = eventNumber;
    if (number < 0) number = direction > 0 ? firstAtOrAfter(run.events, atMs + 1) - 1 : firstAtOrAfter(run.events, atMs);
    do number += direction; while (run.events[number] && !wanted.has(run.events[number][1]));
    goToEvent(number);
  }

  function frame(nowMs) {
    if (!playing) return;
    goTo(atMs + Math.min(nowMs - playedMs, 100) * Number(part("speed").value));
    playedMs = nowMs;
    if (atMs >= run.end) stop(); else requestAnimationFrame(frame);
  }

  function setPlaying(isPlaying) {
    playing = isPlaying;
    part("play").textContent = playing ? "Stop" : "Play";
    part("now").setAttribute("aria-live", playing ? "off" : "polite");
  }

  function stop() {
    setPlaying(false);
  }

  function playOrStop() {
    if (playing) { stop(); return; }
    if (atMs >= run.end) goTo(run.begun);
    setPlaying(true);
    playedMs = performance.now();
    requestAnimationFrame(frame);
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const isControl = ["BUTTON", "SELECT", "INPUT"].includes(event.target.tagName);
    const isSelect = event.target.tagName === "SELECT";
    const actions = {
      ArrowRight: () => step(1),
      ArrowLeft: () => step(-1),
      Home: () => { stop(); goTo(0); },
      End: () => { stop(); goTo(run.end); },
    };
    if (!isControl || event.target.type === "range") actions[" "] = playOrStop;
    if (isSelect || !actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  function drawStrip() {
    const strip = part("strip");
    const x = (ms) => 1000 * ms / run.end;
    const points = run.looks.map(([ms, nodes, alike]) => `${x(ms).toFixed(1)},${(30 - 26 * alike / nodes).toFixed(1)}`);
    if (points.length) add(strip, "polygon", { class: "alike", points: `0,30 ${points.join(" ")} 1000,30` });
    for (const [ms, lasts, family] of run.strip) {
      add(strip, "rect", { class: `family ${FAMILY_ROWS[family]}`, x: x(ms), y: 33 + 6.5 * family, width: Math.max(x(lasts), 2), height: 5.5 });
    }
    add(strip, "line", { id: "needle", class: "needle", y1: 0, y2: 60 });
  }

  part("slider").max = String(run.end);
  part("slider").addEventListener("input", (event) => { stop(); goTo(Number(event.target.value)); });
  part("play").addEventListener("click", playOrStop);
  part("next").addEventListener("click", () => step(1));
  part("previous").addEventListener("click", () => step(-1));
  part("first").addEventListener("click", () => { stop(); goTo(0); });
  part("last").addEventListener("click", () => { stop(); goTo(run.end); });
  part("timeline").addEventListener("keydown", onKey);
  for (const box of document.querySelectorAll("#timeline fieldset input")) {
    box.addEventListener("change", () => {
      if (box.checked) wanted.add(box.value); else wanted.delete(box.value);
      draw();
    });
  }
  function sayLeftOut() {
    const { events, moves } = run.leftOut;
    part("left-out").hidden = events + moves === 0;
    part("left-out").textContent =
      `Too much for one page: ${events} events and ${moves} envelopes on their way are left out.`;
  }

  drawStrip();
  sayLeftOut();
  goTo(run.begun);
})();
