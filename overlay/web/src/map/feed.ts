/** Keeps hold of the picture that the node pushes, and says when it has lost it. */

import { readPicture, type Picture } from "./picture";

/** Nothing at all for so long, and the picture is old: something is said every 5 s. */
const SILENT_MS = 12_000;
const AGAIN_MS = 1_000;

export interface Feed {
  stop: () => void;
}

/** Follow `address` until stopped, and come back to it whenever it is lost. */
export function followPicture(
  address: string,
  onPicture: (picture: Picture) => void,
  onLost: () => void,
): Feed {
  let source: EventSource | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;

  const lose = (): void => {
    source?.close();
    clearTimeout(silence);
    onLost();
    clearTimeout(again);
    again = setTimeout(open, AGAIN_MS);
  };
  const hear = (): void => {
    clearTimeout(silence);
    silence = setTimeout(lose, SILENT_MS);
  };
  function open(): void {
    source = new EventSource(address);
    hear();
    source.addEventListener("quiet", hear);
    source.addEventListener("message", ({ data }: MessageEvent<string>) => {
      hear();
      onPicture(readPicture(data));
    });
    source.addEventListener("error", lose);
  }

  open();
  return {
    stop: () => {
      source?.close();
      clearTimeout(silence);
      clearTimeout(again);
    },
  };
}
