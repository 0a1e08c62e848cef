/** Who is there, which channels are listened to, and what is new in each. */

import { useState } from "preact/hooks";
import { CHANNEL_CHARACTERS_MAX } from "../limits";
import { isOnline, placeKey, type PersonView, type Place } from "../machine/requests";
import { Avatar } from "./avatar";
import { homeNameOf, isAmbiguous, sortedPeople, unread, type Model } from "./model";
import { connectionWords, objectionToChannel, whereIs } from "./words";

interface Props {
  readonly model: Model;
  readonly selected: Place | null;
  readonly onSelect: (place: Place) => void;
  readonly onJoin: (channel: string) => void;
}

export function Sidebar({ model, selected, onSelect, onJoin }: Props) {
  const { online, away } = sortedPeople(model);
  const entry = (person: PersonView) => (
    <PersonEntry key={person.account} {...{ model, person, selected, onSelect }} />
  );
  return (
    <nav class="sidebar" aria-label="Chats">
      <Ourselves model={model} />
      <div class="lists">
        <h2 id="online-heading">
          Online <span class="count">{online.length}</span>
        </h2>
        {online.length === 0 && <p class="hint">Nobody else is here yet.</p>}
        <ul aria-labelledby="online-heading" data-testid="people-online">
          {online.map(entry)}
        </ul>
        {away.length > 0 && (
          <>
            <h2 id="away-heading">
              Away <span class="count">{away.length}</span>
            </h2>
            <ul aria-labelledby="away-heading" data-testid="people-away">
              {away.map(entry)}
            </ul>
          </>
        )}
        <h2 id="channels-heading">Channels</h2>
        <ul aria-labelledby="channels-heading" data-testid="channels">
          {model.channels.map((channel) => (
            <ChannelEntry key={channel} {...{ model, channel, selected, onSelect }} />
          ))}
        </ul>
        <JoinForm onJoin={onJoin} />
      </div>
    </nav>
  );
}

function Ourselves({ model }: { readonly model: Model }) {
  const homeName = homeNameOf(model);
  const { state } = model.connection;
  return (
    <header class="ourselves">
      <Avatar name={model.name} of={model.account} />
      <div class="names">
        <strong data-testid="own-name">{model.name}</strong>
        <span
          class={`connection ${state}`}
          role="status"
          data-testid="connection-state"
          data-state={state}
          data-node={homeName ?? ""}
        >
          <span class="dot" aria-hidden="true" />
          {connectionWords(model.connection, homeName)}
        </span>
      </div>
    </header>
  );
}

interface EntryProps {
  readonly model: Model;
  readonly selected: Place | null;
  readonly onSelect: (place: Place) => void;
}

const isSelected = (place: Place, selected: Place | null): boolean =>
  selected !== null && placeKey(place) === placeKey(selected);

function PersonEntry({ model, person, selected, onSelect }: EntryProps & { person: PersonView }) {
  const place = { kind: "person", account: person.account } as const;
  const isThere = isOnline(person);
  const key = isAmbiguous(model, person) ? `, key ${person.account.slice(0, 6)}…` : "";
  return (
    <li>
      <button
        type="button"
        class={`entry ${isThere ? "online" : "away"}`}
        aria-current={isSelected(place, selected) ? "true" : undefined}
        data-testid="person"
        data-name={person.name}
        data-account={person.account}
        data-online={isThere}
        onClick={() => {
          onSelect(place);
        }}
      >
        <Avatar name={person.name} of={person.account} isOnline={isThere} />
        <span class="names">
          <span class="name">{person.name}</span>
          <span class="detail">
            {whereIs(person)}
            {key}
          </span>
        </span>
        <Unread count={unread(model, place)} />
      </button>
    </li>
  );
}

function ChannelEntry({ model, channel, selected, onSelect }: EntryProps & { channel: string }) {
  const place = { kind: "channel", channel } as const;
  return (
    <li>
      <button
        type="button"
        class="entry"
        aria-current={isSelected(place, selected) ? "true" : undefined}
        data-testid="channel"
        data-name={channel}
        onClick={() => {
          onSelect(place);
        }}
      >
        <span class="avatar hash" aria-hidden="true">
          #
        </span>
        <span class="names">
          <span class="name">{channel}</span>
          <span class="detail">public</span>
        </span>
        <Unread count={unread(model, place)} />
      </button>
    </li>
  );
}

function Unread({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <span class="unread" data-testid="unread">
      {count > 99 ? "99+" : count}
      <span class="unseen"> unread</span>
    </span>
  );
}

function JoinForm({ onJoin }: Pick<Props, "onJoin">) {
  const [channel, setChannel] = useState("");
  const [objection, setObjection] = useState<string | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const name = channel.trim();
    const found = objectionToChannel(name);
    setObjection(found);
    if (found !== null) return;
    setChannel("");
    onJoin(name);
  };
  return (
    <form class="join" onSubmit={submit} noValidate>
      <label class="unseen" for="channel">
        Channel to join
      </label>
      <input
        id="channel"
        data-testid="channel-field"
        placeholder="Join a channel"
        autocomplete="off"
        maxLength={CHANNEL_CHARACTERS_MAX}
        value={channel}
        aria-invalid={objection !== null}
        aria-describedby="channel-objection"
        onInput={(event) => {
          setChannel(event.currentTarget.value);
          setObjection(null);
        }}
      />
      <button type="submit" data-testid="join-button">
        Join
      </button>
      <p id="channel-objection" class="objection" role="status">
        {objection}
      </p>
    </form>
  );
}
