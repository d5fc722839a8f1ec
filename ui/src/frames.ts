/** Frames of emails grow to what they show; their page forbids scripts, so only we can look inside. */

function fit(frame: HTMLIFrameElement): void {
  const inside = frame.contentDocument?.body;
  if (inside) frame.height = String(Math.min(Math.max(inside.offsetHeight + 32, 160), 2400));
}

export function watchFrames(): void {
  for (const frame of document.querySelectorAll<HTMLIFrameElement>("iframe[data-fit]")) {
    frame.addEventListener("load", () => fit(frame));
    fit(frame);
  }
}
