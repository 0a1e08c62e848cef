/** Where one writes. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Place } from "../machine/requests";

interface Props {
  readonly title: string;
  readonly place: Place;
  /** Resolves to an objection, or to null once the text is safely queued. */
  readonly onSay: (text: string) => Promise<string | null>;
}

/** Wide enough that a keyboard on the screen hides nothing. */
const HAS_ROOM = "(min-width: 48rem)";

export function Composer({ title, place, onSay }: Props) {
  const [text, setText] = useState("");
  const [objection, setObjection] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (window.matchMedia(HAS_ROOM).matches) field.current?.focus();
  }, []);
  const send = (): void => {
    if (text.trim() === "") return;
    setText("");
    setObjection(null);
    onSay(text)
      .then((found) => {
        setObjection(found);
        if (found !== null) setText((typed) => (typed === "" ? text : typed));
      })
      .catch((error: unknown) => {
        setObjection(String(error));
      });
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        field.current?.focus();
      }}
    >
      <p class="objection" role="status">
        {objection}
      </p>
      <label class="unseen" for="message">
        Message to {title}
      </label>
      <textarea
        id="message"
        ref={field}
        rows={1}
        data-testid="message-input"
        placeholder={place.kind === "channel" ? `Say publicly in ${title}` : `Message ${title}`}
        value={text}
        dir="auto"
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          // While an input method composes, Enter belongs to it.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button type="submit" class="primary" data-testid="send-button" disabled={text.trim() === ""}>
        Send
      </button>
    </form>
  );
}
