// Elements out of plain texts: nothing in these scripts reads text as HTML.

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] attributes; `on…` are listeners, `false` and `null` are left out
 * @param {...(Node | string)} children
 * @returns {any} the element
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/**
 * @param {string} text a sentence with places such as `%(num)s`
 * @param {Record<string, unknown>} values
 */
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}

/** Tell the reader something in passing, on the screen and to a screen reader.
 * @param {string} text
 */
export function say(text) {
  const place = document.querySelector(".paper-say") ?? make("div", { class: "paper-say", role: "status" });
  if (!place.isConnected) document.body.append(place);
  place.textContent = "";
  // A status that changes after it is there is read out.
  setTimeout(() => (place.textContent = text), 50);
  clearTimeout(hiding);
  hiding = setTimeout(() => (place.textContent = ""), 3000 + 60 * text.length);
}

let hiding = 0;
