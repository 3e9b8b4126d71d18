package audit

import "context"

// Journal is a writer's own disk: what it signed, until the log has it, and where it
// was when it stopped. A writer without one that stops is a new key and a new link,
// since it no longer knows what it signed last. Package audit/journal has one in a
// file.
type Journal interface {
	// Load returns the last entry that was added, nil where there is none, and the
	// entries that the log has not taken, oldest first.
	Load(ctx context.Context) (last *Signed, waiting []*Signed, err error)
	// Add keeps an entry. When it returns nil the entry survives a crash.
	Add(ctx context.Context, s *Signed) error
	// Taken says that the log has an entry, which need not be kept any more unless it
	// is the last one.
	Taken(ctx context.Context, s *Signed) error
}
