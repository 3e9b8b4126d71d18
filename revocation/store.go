package revocation

import (
	"context"
	"time"
)

// Store keeps the state of Issuers: which entries were given out, what they are
// set to, and what was published. Issuers in many processes may share one, so every
// method is atomic, and durable when it returns without an error. An error means
// that nothing was done, but for one from the store's medium, after which the
// caller cannot know; all methods but Reserve may then be called again.
//
// MemoryStore, and the packages filestore and sqlstore, are Stores.
type Store interface {
	// Lists returns all lists, the retired ones too, without what was signed.
	Lists(ctx context.Context) ([]StoredList, error)
	// Add puts in a new list. Where there is one of its URL, or of its Pool and
	// Number, it is ErrConflict.
	Add(ctx context.Context, list StoredList) error
	// Reserve gives out the next Block numbers, fewer at the end, of a list of that
	// pool, and to nobody else ever. It returns the list as it then is, and the
	// first of the numbers; the last is the one before Next. Where no list of the
	// pool has room it is ErrFull.
	Reserve(ctx context.Context, pool string) (list StoredList, first uint64, err error)
	// Set gives entries values, all of them or none, and raises the Version of
	// their lists. In a list that is Final a lower value is ErrFinal; an unknown
	// list is ErrEntry, a retired one ErrRetired.
	Set(ctx context.Context, changes []Change) error
	// Snapshot returns a list and all its entries that are not 0. The entries have
	// every change that its Version counts.
	Snapshot(ctx context.Context, url string) (StoredList, []StoredEntry, error)
	// Publish replaces what is published of a list if that is still of the version
	// and time of old, and is ErrConflict otherwise.
	Publish(ctx context.Context, url string, old, next Publication) error
	// Retire ends a list: its entries and what was signed are dropped.
	Retire(ctx context.Context, url string) error
}

// StoredList is the state of a list in a Store. The key makes the indices that were
// given out predictable: who reads the store can tell who has which.
type StoredList struct {
	URL     string
	Pool    string // lists that stand in for one another
	Number  int    // of the list in its pool, from 1
	Purpose string
	Format  Format
	Size    int       // bits of an entry
	Entries uint64    // of the list
	Room    uint64    // how many of them may be given out
	Block   uint64    // how many are given out at once
	Final   bool      // values only rise
	Key     [16]byte  // of the permutation from numbers to indices
	Until   time.Time // when no entry is needed any more, in whole seconds; zero: never

	Next      uint64 // how many numbers were given out
	Version   uint64 // of the entries
	Published Publication
	Retired   bool
}

// Publication is a list as it was signed: with the entries of that version, at that
// time. The zero Publication is none.
type Publication struct {
	Version   uint64
	ValidFrom time.Time
	Signed    []byte
}

// Same reports whether two publications have one version and time.
func (p Publication) Same(o Publication) bool {
	return p.Version == o.Version && p.ValidFrom.Equal(o.ValidFrom)
}

// StoredEntry is the value of an entry.
type StoredEntry struct {
	Index uint64
	Value uint8
}

// Change is a new value for an entry of a list.
type Change struct {
	List  string
	Index uint64
	Value uint8
}
