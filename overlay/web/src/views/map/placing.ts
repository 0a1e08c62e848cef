/** Owns when what is drawn gets its size and its place. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { afterFrame, UNMADE, type Drawn } from "../../map/opening";
import type { Picture } from "../../map/picture";
import { Places } from "../../map/places";

/** Moving nodes may take so much of a frame; the rest is for drawing it. */
const MOVE_MS = 6;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Where everything stands, and how much of it is drawn: nothing before all have their places; once
 * it is whole, whoever finds one is seen to move there, unless there is to be no motion.
 */
export function usePlaces(picture: Picture): readonly [Places, Drawn] {
  const [places] = useState(() => new Places());
  const [drawn, draw] = useState(UNMADE);
  const last = useRef(UNMADE);
  const frame = useRef(0);
  useEffect(() => {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const move = (): void => {
      const until = performance.now() + MOVE_MS;
      places.move(() => performance.now() >= until);
      last.current = afterFrame(last.current, picture, places.isMoving, isCalm);
      draw(last.current);
      const isOver = last.current.isWhole && !places.isMoving;
      frame.current = isOver ? 0 : requestAnimationFrame(move);
    };
    if (places.follow(picture, performance.now()) && frame.current === 0) {
      frame.current = requestAnimationFrame(move);
    }
  }, [places, picture]);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
    },
    [],
  );
  return [places, drawn];
}

/** How large an element is, also when that changes; null before it is there. */
export function useSize(place: { readonly current: HTMLElement | null }): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((last) =>
        last?.width === width && last.height === height ? last : { width, height },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [place]);
  return size;
}
