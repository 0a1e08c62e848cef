/** The page of somebody who has a name: chats beside each other, one of them open. */

import { useEffect, useLayoutEffect, useReducer, useState } from "preact/hooks";
import type { Fact } from "../machine/facts";
import type { Snapshot } from "../machine/machine";
import type { Place, Reply, Request } from "../machine/requests";
import { Conversation } from "./conversation";
import { begin, reduce, unread, type Change, type Model } from "./model";
import { Notices } from "./notices";
import { Sidebar } from "./sidebar";

/** As much of a client as the page needs. */
export interface Talker {
  snapshot(): Snapshot;
  ask(request: Request): Promise<Reply>;
  /** Calls back for every fact from now on; gives what ends that. */
  listen(onFact: (fact: Fact) => void): () => void;
}

interface Props {
  readonly talker: Talker;
  readonly name: string;
}

const objectionOf = (reply: Reply): string | null =>
  reply.type === "Declined" ? `That did not work: ${reply.detail || reply.code}.` : null;

interface Talk {
  readonly model: Model;
  readonly change: (change: Change) => void;
  readonly join: (channel: string) => void;
  readonly leave: (channel: string) => void;
  /** Gives an objection, or null once the text is safely queued. */
  readonly say: (to: Place, text: string) => Promise<string | null>;
  readonly see: (place: Place) => void;
}

function useTalk({ talker, name }: Props): Talk {
  const [model, change] = useReducer(reduce, null, () => begin(talker.snapshot(), name));
  // Before the browser draws, so that no fact is missed.
  useLayoutEffect(() => talker.listen(change), [talker]);
  const inChannel = (type: "JoinChannel" | "LeaveChannel") => (channel: string) => {
    void talker.ask({ type, channel }).then((reply) => {
      const objection = objectionOf(reply);
      if (objection !== null) change({ type: "Trouble", text: `#${channel}: ${objection}` });
      change({ type: "ChannelsChanged", channels: talker.snapshot().channels });
    });
  };
  const say = async (to: Place, text: string): Promise<string | null> => {
    const words = { text, sentAt: Date.now() };
    const request: Request =
      to.kind === "person"
        ? { type: "Say", to: to.account, ...words }
        : { type: "SayInChannel", channel: to.channel, ...words };
    return objectionOf(await talker.ask(request));
  };
  const see = (place: Place): void => {
    change({ type: "Seen", place });
    void talker.ask({ type: "MarkRead", place });
  };
  return {
    model,
    change,
    join: inChannel("JoinChannel"),
    leave: inChannel("LeaveChannel"),
    say,
    see,
  };
}

export function Messenger(props: Props) {
  const { model, change, join, leave, say, see } = useTalk(props);
  const [place, select, back] = usePlace();
  const count = useUnread(model);
  return (
    <main class={`messenger ${place === null ? "choosing" : "reading"}`}>
      <h1 class="unseen">Overlay</h1>
      <p class="unseen" role="status">
        {count > 0 && `${count} unread`}
      </p>
      <Notices
        notices={model.notices}
        isReplaced={model.connection.state === "replaced"}
        onShow={select}
        onClose={(id) => {
          change({ type: "NoticeClosed", id });
        }}
      />
      <Sidebar
        model={model}
        selected={place}
        onSelect={select}
        onJoin={(channel) => {
          join(channel);
          select({ kind: "channel", channel });
        }}
      />
      {place === null ? (
        <Nothing />
      ) : (
        <Conversation
          {...{ model, place }}
          onBack={back}
          onSay={(text) => say(place, text)}
          onSeen={() => {
            see(place);
          }}
          onLeave={(channel) => {
            leave(channel);
            back();
          }}
        />
      )}
    </main>
  );
}

function Nothing() {
  return (
    <section class="nothing" aria-label="No chat is open">
      <p>Choose a person to talk to, or join a channel.</p>
    </section>
  );
}

/** The open chat, with the browser's own way back to the list. */
function usePlace(): [Place | null, (place: Place) => void, () => void] {
  const [place, setPlace] = useState<Place | null>(null);
  useEffect(() => {
    const onPop = (): void => {
      setPlace(null);
    };
    addEventListener("popstate", onPop);
    return () => {
      removeEventListener("popstate", onPop);
    };
  }, []);
  const select = (next: Place): void => {
    if (place === null) history.pushState({ isChatOpen: true }, "");
    setPlace(next);
  };
  const back = (): void => {
    if (place !== null) history.back();
  };
  return [place, select, back];
}

/** How much is new in all chats; also where one sees it among many tabs. */
function useUnread(model: Model): number {
  const places: Place[] = [
    ...[...model.people.keys()].map((account) => ({ kind: "person", account }) as const),
    ...model.channels.map((channel) => ({ kind: "channel", channel }) as const),
  ];
  const count = places.reduce((sum, place) => sum + unread(model, place), 0);
  useEffect(() => {
    document.title = count > 0 ? `(${count}) Overlay` : "Overlay";
  }, [count]);
  return count;
}
