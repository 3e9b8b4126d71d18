package audit

import (
	"context"
	"strconv"
)

// Pending is an entry that a log has taken. It goes through stages that a caller can
// see apart: it has its place for good; it is durable, when it survives a crash of
// the log; and it is published, when a checkpoint that meets the log's policy covers
// it and anyone can check that. One answer for all would be a lie.
type Pending interface {
	// Index returns the entry's place in the log.
	Index() uint64
	// Durable reports whether the entry survives a crash of the log.
	Durable() bool
	// Receipt returns the proof that the entry is in the log. Before it is published
	// that is ErrUnpublished: Receipt does not wait.
	Receipt(ctx context.Context) (*Receipt, error)
}

// Level is how safe a recorded entry is. Each level is more than the ones below it.
type Level uint8

// The levels.
const (
	// Unrecorded is an entry that nothing holds.
	Unrecorded Level = iota
	// Volatile is in a log that forgets with its process.
	Volatile
	// Journaled is on the writer's own disk, to be sent to the log.
	Journaled
	// Durable is in a log that survives its own crash.
	Durable
	// Published is covered by a checkpoint that meets the log's policy.
	Published
)

// String returns the name of the level in lower case.
func (l Level) String() string {
	if names := [...]string{"unrecorded", "volatile", "journaled", "durable", "published"}; int(l) < len(names) {
		return names[l]
	}
	return "level " + strconv.Itoa(int(l))
}
