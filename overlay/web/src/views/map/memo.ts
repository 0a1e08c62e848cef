/**
 * Keeps what is drawn as it is while nothing has changed that it shows.
 *
 * As `memo` of preact/compat, which brings all of that with it: code to load before the map opens.
 */

import { Component, type ComponentChildren, type ComponentClass } from "preact";

/** `view`, drawn anew only where one of its properties is not the same any more. */
export function memo<Props extends object>(
  view: (props: Props) => ComponentChildren,
): ComponentClass<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return isAnyOther(this.props, next) || isAnyOther(next, this.props);
    }

    override render(): ComponentChildren {
      return view(this.props);
    }
  };
}

/** Whether a property of one is another in the other, or none: without a list of all names. */
function isAnyOther<Props extends object>(one: Props, other: Props): boolean {
  for (const name in one) if (one[name] !== other[name]) return true;
  return false;
}
