package delegation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Ledger keeps budgets. Reserve charges all of a spend or, with an error, nothing
// of it, and what it cannot keep is an error: [RoomError] where a budget has no
// room. It is atomic: however many callers and charges there are, no bucket ever
// holds more than its Max. All verifiers of one name share one ledger.
//
// What is reserved is spent unless it is released, so a ledger need not hear how a
// request ended: one whose handler was cancelled, timed out, panicked or vanished
// stays charged. One that a fleet shares needs one round trip for each method;
// [Spend] has what it takes (ID to be idempotent, Tree to keep its keys together).
type Ledger interface {
	Reserve(ctx context.Context, s Spend) (Reservation, error)
}

// Reservation is what one spend took. The first of Commit and Release decides;
// the other then does nothing.
type Reservation interface {
	// Left returns what was left in the bucket of each charge after it, in their
	// order.
	Left() []int64
	// Commit makes the spend final.
	Commit(ctx context.Context) error
	// Release gives everything back. It is for those who know that nothing was
	// done.
	Release(ctx context.Context) error
}

// Spend is what one invocation takes from the budgets of its chain: from every
// limit of every link, root first.
type Spend struct {
	ID      string // digest of the invocation; no two spends share it
	Tree    string // names the chain's root link: ledgers bound what one tree takes of their memory
	Now     time.Time
	Charges []Charge

	// Links names the links of the chain, root first. Agents can mint links, and so
	// buckets, without end: a ledger is bounded so that none of them, with all that
	// are below it, fills what others of its tree need.
	Links []string
}

// Charge is what a spend takes from one bucket.
type Charge struct {
	// Bucket names the bucket: the digest of what was signed of the link, the
	// name of the limit and, where the limit is split, the audience. Printable
	// ASCII. A second signature over the same link names the same bucket.
	Bucket string
	// Link is the place in Links of the link that has the limit.
	Link int
	// Amount is taken, Max is the most that the bucket holds; both are 0 to
	// 2^53-1. There is room when Amount is at most Max less what is there:
	// the sum itself may be beyond the integers of a double.
	Amount, Max int64
	// Window is the number of the window of a rate, counted from 1970, and 0 for
	// a budget. A bucket holds one window. A later one empties it. An earlier
	// one, from a clock that is behind, is charged to the window that is there.
	Window int64
	// Until is when nobody can spend under the link any more, whatever clock they
	// have. From then on the bucket may be forgotten.
	Until time.Time
}

var (
	// ErrOverBudget is the cause of a refusal of a spend for which a budget has no
	// room. See [RoomError] for which.
	ErrOverBudget = errors.New("budget is spent")
	// ErrLedgerFull is the cause of a refusal of a spend that the ledger has no
	// memory to keep.
	ErrLedgerFull = errors.New("too many budgets to keep")
)

// RoomError says which charge of a spend has no room.
type RoomError struct {
	Charge int   // its index
	Left   int64 // what there is
}

// Error says what is left.
func (e *RoomError) Error() string { return fmt.Sprintf("%v: %d left", ErrOverBudget, e.Left) }

// Is makes it an ErrOverBudget.
func (e *RoomError) Is(target error) bool { return target == ErrOverBudget }
