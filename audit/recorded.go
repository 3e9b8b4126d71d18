package audit

import (
	"context"
	"sync"
)

// Recorded is an entry that a Recorder signed. How safe it is, its Level says.
type Recorded struct {
	signed    *Signed
	journaled bool

	mu      sync.Mutex
	pending Pending
}

// Signed returns the entry.
func (e *Recorded) Signed() *Signed { return e.signed }

// Hash returns the entry's leaf hash.
func (e *Recorded) Hash() Hash { return e.signed.Hash() }

// Pending returns what the log answered, nil while it has not.
func (e *Recorded) Pending() Pending {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pending
}

func (e *Recorded) took(p Pending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending = p
}

// Level returns how safe the entry is now. It asks the log whether the entry is
// published, and does not wait for that.
func (e *Recorded) Level(ctx context.Context) Level {
	p := e.Pending()
	if p != nil {
		if _, err := p.Receipt(ctx); err == nil {
			return Published
		}
		if p.Durable() {
			return Durable
		}
	}
	switch {
	case e.journaled:
		return Journaled
	case p != nil:
		return Volatile
	}
	return Unrecorded
}
