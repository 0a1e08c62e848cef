/** What must be seen: key changes, and what goes wrong. */

import type { Place } from "../machine/requests";
import type { Notice } from "./model";

interface Props {
  readonly notices: readonly Notice[];
  /** Another copy of this client took our place. */
  readonly isReplaced: boolean;
  readonly onClose: (id: number) => void;
  readonly onShow: (place: Place) => void;
}

export function Notices({ notices, isReplaced, onClose, onShow }: Props) {
  return (
    <div class="notices" role="alert">
      {isReplaced && <Replaced />}
      {notices.map(({ id, kind, text, place }) => (
        <div key={id} class={`notice ${kind}`} data-testid="notice" data-kind={kind}>
          <p>{text}</p>
          {place !== null && (
            <button
              type="button"
              onClick={() => {
                onShow(place);
              }}
            >
              Show
            </button>
          )}
          <button
            type="button"
            onClick={() => {
              onClose(id);
            }}
          >
            {kind === "keys" ? "I understand" : "Close"}
          </button>
        </div>
      ))}
    </div>
  );
}

function Replaced() {
  return (
    <div class="notice" data-testid="notice" data-kind="replaced">
      <p>This identity was taken over by another copy of it. Nothing more arrives here.</p>
      <button
        type="button"
        onClick={() => {
          location.reload();
        }}
      >
        Use it here
      </button>
    </div>
  );
}
