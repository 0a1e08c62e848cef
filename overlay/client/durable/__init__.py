"""What of a client must survive a crash, and the rows that hold it.

| table | key | value |
| --- | --- | --- |
| `client` | `incarnation` | the last incarnation that was used |
| `client` | `network` | network and admission of the first node that was met |
| `client` | `account` | the highest record of our account, as it was signed |
| `client` | `homes` | nodes to resume at, best first |
| `client` | `channels` | the channels that are listened to |
| `sealing_keys` | key id | the seed of a sealing key |
| `outbox` | message id | a message that is not delivered yet |
| `sending_chains` | chain id | an own chain, with its first key while it may be asked for |
| `receiving_chains` | chain id | a chain of another client, which holds the indices opened |
| `held_messages` | chain id, index | an opened message that waits for a parent |
| `untaken_messages` | chain id, index | a message that was shown and not taken |
| `conversations` | conversation id | its heads |
| `people` | account id | the account record and the key bundles last seen |
| `heard_origins` | client id | the incarnation and highest counter heard of it on channels |

The disk of a client is its person's own: texts and keys stand in it.
"""
