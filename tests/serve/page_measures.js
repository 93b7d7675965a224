// SPDX-License-Identifier: LGPL-2.1-or-later
// What WCAG measures, of the styles that the browser computed.
(() => {
  const channels = (colour) => {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { rgb: [red, green, blue], alpha };
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const { rgb, alpha } = channels(getComputedStyle(each).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const isSeen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const hasWords = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  const all = [...document.querySelectorAll('body *')].filter((element) => isSeen(element));
  const told = (element, ratio) => `${element.tagName}#${element.id}.${element.className} ${ratio.toFixed(2)}`;
  const faults = [];
  let texts = 0;
  for (const element of all) {
    if (!hasWords(element)) continue;
    ++texts;
    const ratio = contrast(channels(getComputedStyle(element).color).rgb, ground(element));
    if (ratio < 4.5) faults.push(told(element, ratio));
  }
  // The edges of what can be pressed or typed into: 3 to 1 (WCAG 1.4.11).
  for (const element of all.filter((each) => each.matches('button, select, input:not([type=file])'))) {
    const ratio = contrast(channels(getComputedStyle(element).borderTopColor).rgb, ground(element.parentElement));
    if (ratio < 3) faults.push(told(element, ratio));
  }
  const named = (element) => element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') ||
    element.innerText || element.labels?.length;
  for (const element of all.filter((each) => each.matches('button, select, input, video, progress'))) {
    if (!named(element)) faults.push(`${element.tagName}#${element.id} has no name`);
  }
  return { texts, faults };
})()
