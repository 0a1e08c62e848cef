/** How nodes and links are drawn: by shape as well as by colour. */

import type { NodeState } from "../../map/picture";

interface Props {
  readonly state: NodeState;
  readonly clients: number;
  readonly isBridge: boolean;
  readonly radius: number;
}

/** Beyond these the number has to do. */
const DOTS_MAX = 24;

export function NodeMark({ state, clients, isBridge, radius }: Props) {
  const arm = radius * 0.42;
  return (
    <>
      {isBridge && state === "alive" && <path class="bridge" d={diamond(radius + 16)} />}
      {clients > 0 && <path class="clients" d={dots(clients, radius + 7)} />}
      <circle class="body" r={radius} />
      {state === "dead" && (
        <path class="sign" d={`M${-arm} ${-arm}L${arm} ${arm}M${arm} ${-arm}L${-arm} ${arm}`} />
      )}
      {state === "paused" && (
        <path
          class="sign"
          d={`M${-arm * 0.6} ${-arm}v${2 * arm}M${arm * 0.6} ${-arm}v${2 * arm}`}
        />
      )}
      {state !== "dead" && clients > 0 && state === "alive" && (
        <text class="count" y={radius * 0.28}>
          {clients}
        </text>
      )}
    </>
  );
}

const diamond = (size: number): string => `M0 ${-size}L${size} 0L0 ${size}L${-size} 0Z`;

/** A dot for each client around the node, as one path: hundreds of circles would cost frames. */
function dots(clients: number, radius: number): string {
  const count = Math.min(clients, DOTS_MAX);
  return Array.from({ length: count }, (_, index) => {
    const turn = (2 * Math.PI * index) / Math.max(count, 6) - Math.PI / 2;
    return `M${(radius * Math.cos(turn)).toFixed(1)} ${(radius * Math.sin(turn)).toFixed(1)}h0`;
  }).join("");
}
