// Package tesseralog keeps an audit log in Tessera, a transparency log that others
// wrote, tested and run: on a local disk ([OpenPOSIX]), or with any storage that
// Tessera has (S3 and MySQL, GCS and Spanner), whose tessera.AddFn and
// tessera.LogReader [New] takes.
//
// An entry goes through two stages here, and they are shown apart. Append returns when
// the entry is durable: Tessera gave it its place and wrote it to its storage. It is
// published when a checkpoint covers it that meets the policy, cosignatures of
// witnesses included: [Log.Await] waits for that. A log whose witnesses refuse goes on
// taking entries and publishes none of them.
//
// It is a module of its own since Tessera brings many dependencies, and does not
// compile for Windows. Tessera logs through klog.
package tesseralog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/tessera"

	"github.com/taperid/taper/audit"
)

// Log is an audit.Appender and an audit.Reader over Tessera. It is safe for concurrent
// use.
type Log struct {
	tessera.LogReader
	add    tessera.AddFn
	policy *audit.Policy
}

// ErrConfig is returned for a log without a part that it needs.
var ErrConfig = errors.New("tesseralog: configuration")

// New returns the log that add appends to and r reads. The policy says which
// checkpoints count; it has to be one that the log's own signer and witnesses meet.
func New(add tessera.AddFn, r tessera.LogReader, policy *audit.Policy) (*Log, error) {
	if add == nil || r == nil || policy.Origin() == "" {
		return nil, fmt.Errorf("%w: want an appender, a reader and a policy that trusts a log", ErrConfig)
	}
	return &Log{r, add, policy}, nil
}

// Append adds an entry and returns when it is durable. An entry that is sent again,
// after a crash say, gets a second place unless Tessera runs with an antispam store;
// an auditor counts the statement once.
func (l *Log) Append(ctx context.Context, s *audit.Signed) (audit.Pending, error) {
	if s == nil || len(s.Bytes()) == 0 {
		return nil, fmt.Errorf("%w: none to append", audit.ErrEntry)
	}
	future := l.add(ctx, tessera.NewEntry(s.Bytes()))
	type answer struct {
		index tessera.Index
		err   error
	}
	done := make(chan answer, 1)
	go func() { // a future does not look at the context
		index, err := future()
		done <- answer{index, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err() // it may be durable all the same: send it again
	case a := <-done:
		if a.err != nil {
			return nil, fmt.Errorf("tesseralog: %w", a.err)
		}
		return pending{l, a.index.Index}, nil
	}
}

// pending is an entry that Tessera has on its storage.
type pending struct {
	log   *Log
	index uint64
}

func (p pending) Index() uint64 { return p.index }

// Durable reports true: Append returned.
func (pending) Durable() bool { return true }

func (p pending) Receipt(ctx context.Context) (*audit.Receipt, error) {
	return p.log.Receipt(ctx, p.index)
}

// Receipt returns the proof that the published log has the entry at an index, and
// audit.ErrUnpublished for one that is not published yet.
func (l *Log) Receipt(ctx context.Context, index uint64) (*audit.Receipt, error) {
	return audit.Prove(ctx, l, index, l.policy)
}

// Await asks for a receipt, again and again, until the entry is published or the
// context ends. An error of the storage does not end it: Tessera's own awaiter gives
// up for everybody at the first read that fails, and an entry that is durable is
// published in the end.
func (l *Log) Await(ctx context.Context, p audit.Pending, every time.Duration) (*audit.Receipt, error) {
	tick := time.NewTicker(max(every, time.Millisecond))
	defer tick.Stop()
	for {
		r, err := p.Receipt(ctx)
		if err == nil {
			return r, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, ctx.Err())
		case <-tick.C:
		}
	}
}
