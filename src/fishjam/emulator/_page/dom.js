// Elements, whose texts are never read as markup.
"use strict";
((page) => {
  const SVG = "http://www.w3.org/2000/svg";
  const ICONS = {
    mic: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5 11a7 7 0 0 0 14 0M12 18v3",
    micOff: "M4 4l16 16M15 10V6a3 3 0 0 0-5.7-1.3M9 9v3a3 3 0 0 0 4.5 2.6M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3",
    camera: "M4 7h10a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1ZM15 11l6-3v8l-6-3",
    cameraOff: "M4 4l16 16M10 7h4a1 1 0 0 1 1 1v4l6-4v8M15 16a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1",
    screen: "M3 5h18v11H3ZM8 20h8M12 16v4",
    leave: "M3 15c5-5 13-5 18 0l-3 3-4-2v-3a12 12 0 0 0-4 0v3l-4 2Z",
    copy: "M9 9h10v11H9ZM5 15V4h10",
    trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
    plus: "M12 5v14M5 12h14",
    enter: "M14 4h5v16h-5M4 12h11M11 8l4 4-4 4",
    play: "M7 5l12 7-12 7Z",
    theme: "M12 3a9 9 0 1 0 0 18ZM12 3a9 9 0 0 1 0 18",
    robot: "M6 9h12v9H6ZM12 9V5M9 13h.01M15 13h.01M3 12v3M21 12v3",
    person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4 21c1-5 15-5 16 0",
    phone: "M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4c-9 2-17-6-15-15Z",
  };

  // h("button", {class: "primary", onclick}, "text", element, ...); null children are left out.
  function h(name, properties = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined)
        element.setAttribute(key, String(value));
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  }

  // A button that is busy while its work goes on, and shows what went wrong.
  function button(properties, content, work) {
    const element = h("button", { type: "button", ...properties }, ...[content].flat());
    element.addEventListener("click", async () => {
      element.disabled = true;
      try {
        await work();
      } catch (error) {
        page.toast(error.message, "bad");
      } finally {
        element.disabled = false;
      }
    });
    return element;
  }

  const iconButton = (name, title, work, properties = {}) =>
    button({ class: "icon-button", title, "aria-label": title, ...properties }, icon(name), work);

  function toast(text, kind = "") {
    const element = h("div", { class: `toast ${kind}`, role: "status" }, text);
    document.getElementById("toasts").append(element);
    setTimeout(() => element.remove(), 5000);
  }

  async function copy(text, what) {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  }

  const shortId = (id) => (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id) ? id.slice(0, 8) : id);

  // The name in the metadata of a peer: what it says itself comes first.
  function nameOf(metadata, id) {
    for (const part of [metadata?.peer, metadata?.server, metadata]) {
      for (const key of ["displayName", "name"])
        if (typeof part?.[key] === "string" && part[key].trim()) return part[key];
    }
    return shortId(id);
  }

  Object.assign(page, { h, icon, button, iconButton, toast, copy, shortId, nameOf });
})((window.page ??= {}));
