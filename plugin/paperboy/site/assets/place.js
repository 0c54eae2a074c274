// Where the reader was in a list of several parts, for a reload and for the way back.

import { idOf, nodesOf } from "./papers.js";

const PLACE = "paperboy:place";

/** @param {number} parts how many have come */
export function keepPlace(parts) {
  const node = nodesOf(document).find((paper) => paper.getBoundingClientRect().bottom > 0);
  history.scrollRestoration = parts ? "manual" : "auto"; // the browser would go there before the parts are back
  if (!parts || !node) return;
  const place = { url: location.href, parts, id: idOf(node), top: node.getBoundingClientRect().top };
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(place));
  } catch {
    // a browser that keeps nothing begins with the first part again
  }
}

/** @returns {{url: string, parts: number, id: string, top: number} | undefined} */
export function keptPlace() {
  const [visit] = /** @type {any} */ (performance.getEntriesByType("navigation"));
  try {
    const place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
    return place?.url === location.href && /reload|back/.test(visit?.type) ? place : undefined;
  } catch {
    return undefined;
  }
}
