/** A person's first letter on a colour of their own. */

import { colourOf, initialOf } from "./words";

interface Props {
  readonly name: string;
  /** The key that the colour follows. */
  readonly of: string;
  readonly isOnline?: boolean;
}

export function Avatar({ name, of, isOnline }: Props) {
  const presence = isOnline === undefined ? "" : isOnline ? " online" : " away";
  return (
    <span class={`avatar colour-${colourOf(of)}${presence}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}
