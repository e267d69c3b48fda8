// Shows the stage as the backend describes it, and asks the backend for what is clicked.

const form = document.querySelector("#join");
const message = document.querySelector("#message");
const status = document.querySelector("#status");

/** Make an element with attributes and children; text is never read as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const data = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(data.error ?? "That did not work.");
  return data;
}

function attempt(action) {
  message.textContent = "";
  action().catch((error) => (message.textContent = error.message));
}

/** The same name has the same colour on stage and on every screen. */
function hue(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return `--hue: ${sum}`;
}

function initials(name) {
  const words = name.split(/\s+/);
  return words.map((word) => [...word][0]).slice(0, 2).join("").toUpperCase();
}

function performerCard({ name, connected, tracks }) {
  const live = tracks.map(({ type }) => icon(type)).flatMap((element) => [element, " "]);
  const doing = connected ? "on stage" : "not here yet";
  return make(
    "li",
    { class: "performer", style: hue(name) },
    make("div", { class: "avatar", "aria-hidden": "true" }, initials(name)),
    make("p", { class: "name" }, name),
    make("p", {}, ...live, doing),
  );
}

function grantButton(symbol, label, granted, request) {
  const button = make(
    "button",
    { type: "button", "aria-pressed": granted, "aria-label": label, title: label },
    icon(symbol),
  );
  // A grant cannot be taken back, so there is nothing to click once it is given.
  button.disabled = granted;
  button.addEventListener("click", () => attempt(request));
  return button;
}

function screenOf(member, performer) {
  const path = `/api/audience/${member.id}`;
  const receives = (type) =>
    performer.tracks.some((track) => track.type === type && member.receives.includes(track.id));
  const trackButtons = performer.tracks.map((track) =>
    grantButton(
      track.type,
      `Let ${member.name} ${track.type === "audio" ? "hear" : "see"} ${performer.name}`,
      member.receives.includes(track.id),
      () => post(`${path}/tracks`, { track_ids: [track.id] }),
    ),
  );
  const everything = grantButton(
    "all",
    `Let ${member.name} have all of ${performer.name}`,
    member.follows.includes(performer.id),
    () => post(`${path}/performers/${performer.id}`),
  );
  const [seen, heard] = [receives("video"), receives("audio")];
  const shows = [seen && "sees", heard && "hears"].filter(Boolean).join(" and ");
  return make(
    "li",
    {
      class: `screen ${seen ? "seen" : ""} ${heard ? "heard" : ""}`,
      style: hue(performer.name),
      "aria-label": `${member.name} and ${performer.name}`,
    },
    make("div", { class: "view" }, make("span", {}, shows ? `${shows} ${performer.name}` : performer.name)),
    make("div", { class: "grants" }, ...trackButtons, everything),
  );
}

function memberCard(member, performers) {
  return make(
    "li",
    { class: "member" },
    make("p", { class: "name" }, member.name),
    make("ul", { class: "screens" }, ...performers.map((one) => screenOf(member, one))),
  );
}

function fill(selector, cards) {
  const section = document.querySelector(selector);
  section.querySelector(".empty").hidden = cards.length > 0;
  section.querySelector("ul").replaceChildren(...cards);
}

function show({ performers, audience }) {
  fill("#stage", performers.map(performerCard));
  fill("#audience", audience.map((member) => memberCard(member, performers)));
}

function follow() {
  const socket = new WebSocket(new URL("/api/stage", location.href.replace(/^http/, "ws")));
  socket.onmessage = ({ data }) => {
    status.textContent = "live";
    status.className = "live";
    show(JSON.parse(data));
  };
  socket.onclose = () => {
    status.textContent = "connecting";
    status.className = "";
    setTimeout(follow, 1000);
  };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, own } = form.elements;
  attempt(async () => {
    const newcomer = { name: name.value, role: event.submitter.value, own: own.checked };
    const { token, page } = await post("/api/peers", newcomer);
    if (own.checked && page) {
      const link = { href: page, target: "_blank", rel: "noopener" };
      message.replaceChildren(make("a", link, `Join as ${name.value} with camera and microphone`));
    } else {
      message.replaceChildren(`${name.value} joins with this token:`, make("code", {}, token));
    }
    name.value = "";
    name.focus();
  });
});

follow();
