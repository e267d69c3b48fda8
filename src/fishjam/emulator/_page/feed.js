// What happens: events, requests, webhooks with what was answered, and what agents say.
"use strict";
((page) => {
  const { h, icon, button, shortId } = page;
  const SHOWN = 400;
  const FILTERS = { all: "All", event: "Events", request: "Requests", webhook: "Webhooks", speech: "Speech" };

  class Feed {
    // `load` fetches what an agent said, by its id, as a blob.
    constructor(element, load) {
      this.load = load;
      this.filter = "all";
      this.list = h("ol", { class: "feed" });
      this.entries = new Map();
      this.chips = Object.entries(FILTERS).map(([kind, text]) =>
        h("button", { type: "button", class: "chip", onclick: () => this.choose(kind) }, text),
      );
      element.replaceChildren(h("div", { class: "chips", role: "group" }, ...this.chips), this.list);
      this.choose("all");
    }

    choose(kind) {
      this.filter = kind;
      this.list.dataset.filter = kind;
      Object.keys(FILTERS).forEach((name, index) =>
        this.chips[index].setAttribute("aria-pressed", String(name === kind)),
      );
    }

    take(items) {
      for (const item of items) {
        if (item.type === "reset") this.clear();
        const key = keyOf(item);
        const element = this.entry(item);
        const shown = this.entries.get(key);
        if (shown?.dataset.type === "event") {
          shown.remove();
          this.entries.delete(key);
          this.list.prepend(element);
        } else if (shown) {
          element.querySelector("details").open = shown.querySelector("details").open;
          // What is being played goes on.
          const player = shown.querySelector(".player");
          if (player) element.querySelector(".player").replaceWith(player);
          shown.replaceWith(element);
        } else {
          this.list.prepend(element);
        }
        this.entries.set(key, element);
      }
      for (const [key, element] of this.entries) {
        if (this.entries.size <= SHOWN) break;
        element.remove();
        this.entries.delete(key);
      }
    }

    clear() {
      this.list.replaceChildren();
      this.entries.clear();
    }

    entry(item) {
      const { title, note, mark, body } = VIEWS[item.type](item.data, this);
      const time = new Date(item.time * 1000);
      const clock = h(
        "time",
        { datetime: time.toISOString(), title: time.toLocaleString() },
        time.toLocaleTimeString([], { hour12: false }),
      );
      const summary = h(
        "summary",
        {},
        h("span", { class: `mark ${mark}` }),
        h("span", { class: "what" }, title),
        h("span", { class: "note" }, note),
        clock,
      );
      return h("li", { "data-type": item.type, class: mark }, h("details", {}, summary, ...body.filter(Boolean)));
    }
  }

  // Later news of a delivery, of speech and of a voice take the place of the earlier ones.
  function keyOf({ id, type, data }) {
    if (type === "webhook" || type === "speech") return `${type} ${data.id}`;
    return data.event === "VadNotification" ? `voice ${data.trackId}` : `${id}`;
  }

  const IDS = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
  const json = (value) => h("pre", {}, JSON.stringify(value, null, 2));
  const milliseconds = (seconds) => (seconds === null ? "" : `${Math.round(seconds * 1000)} ms`);
  const markOf = (status) => (status === null || status >= 400 ? "bad" : "good");

  function noteOf(event) {
    const ids = ["roomId", "streamId", "peerId", "viewerId", "streamerId"];
    return ids.filter((name) => event[name]).map((name) => shortId(event[name])).join(" / ");
  }

  const VIEWS = {
    event: (event) => ({ title: event.event, note: noteOf(event), mark: "event", body: [json(event)] }),

    request: (request) => ({
      title: `${request.method} ${request.path.replace(IDS, shortId)}`,
      note: `${request.status ?? "dropped"} ${milliseconds(request.duration)}`,
      mark: markOf(request.status),
      body: [
        json({ path: request.path, query: request.query, operation: request.operation }),
        bodyOf(request.body),
      ],
    }),

    webhook: (delivery) => {
      const last = delivery.attempts.at(-1);
      const others = delivery.events.length - 1;
      const told = last.status === null ? last.answer : `${last.status} ${last.answer.slice(0, 80)}`;
      const retries = delivery.delivered === null ? ", will be repeated" : "";
      return {
        title: `${delivery.events[0].event}${others ? ` and ${others} more` : ""} → ${hostOf(delivery.url)}`,
        note: `${told}${retries}`,
        mark: delivery.delivered ? "good" : "bad",
        body: [
          h("p", { class: "faint" }, delivery.url),
          h(
            "table",
            {},
            ...delivery.attempts.map(({ status, answer, duration }) =>
              h(
                "tr",
                {},
                h("td", {}, h("span", { class: `badge ${markOf(status)}` }, status ?? "none")),
                h("td", {}, milliseconds(duration)),
                h("td", { class: "answer" }, answer || h("span", { class: "faint" }, "no text")),
              ),
            ),
          ),
          json(delivery.events),
          h("p", { class: "faint" }, "Body in Base64"),
          h("pre", {}, delivery.body),
        ],
      };
    },

    speech: (speech, feed) => ({
      title: `An agent ${speech.finished ? "said" : "says"} something`,
      note: `${shortId(speech.peerId)}, ${speech.seconds.toFixed(1)} s`,
      mark: "speech",
      body: [player(speech, feed)],
    }),

    reset: () => ({ title: "The emulator was reset", note: "", mark: "event", body: [] }),
  };

  function hostOf(url) {
    try {
      return new URL(url).host;
    } catch {
      return url;
    }
  }

  function bodyOf(text) {
    if (text === null) return h("p", { class: "faint" }, "The body is not text.");
    try {
      return json(JSON.parse(text));
    } catch {
      return text ? h("pre", {}, text) : null;
    }
  }

  function player(speech, feed) {
    const place = h("div", { class: "player" });
    const play = button({ class: "small" }, [icon("play"), "Play"], async () => {
      const audio = h("audio", { controls: true });
      audio.src = URL.createObjectURL(await feed.load(speech.id));
      place.replaceChildren(audio);
      await audio.play();
    });
    place.append(play);
    return place;
  }

  page.Feed = Feed;
})((window.page ??= {}));
