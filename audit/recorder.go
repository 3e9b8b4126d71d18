package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/taperid/taper/did"
)

// Appender is what a Recorder writes to. A Log is one.
type Appender interface {
	// Append takes an entry. One that is there already keeps its place, so an entry
	// may be sent again.
	Append(ctx context.Context, s *Signed) (Pending, error)
}

// DefaultMaxWaiting is how many entries of one writer may wait for the log unless the
// options say otherwise.
const DefaultMaxWaiting = 4096

// RecorderOptions are the choices there are about a Recorder. The zero value is an
// agent's that reads the system's clock and writes straight to the log.
type RecorderOptions struct {
	Role Role             // RoleAgent if empty
	Now  func() time.Time // the clock; time.Now if nil

	// Journal keeps entries on the writer's own disk. With one, Record waits for that
	// disk alone, and Flush sends to the log; without one, Record waits for the log.
	Journal Journal
	// MaxWaiting is how many entries may wait for the log. Zero: DefaultMaxWaiting.
	MaxWaiting int
	// AllowUnrecorded lets Do act where the intent cannot be recorded: the log and the
	// journal are down, or too much waits. Do and Unrecorded say so. False: nothing
	// is done that is not recorded.
	AllowUnrecorded bool
}

// Recorder is one writer: the agent or the verifier that one key is. It numbers
// and links its entries, so that none can be dropped unseen. One key has one
// Recorder, ever: an agent that lost its journal is a new key and a new link,
// since two entries of one number prove equivocation. It is safe for concurrent
// use.
type Recorder struct {
	signer *did.Signer
	log    Appender
	opts   RecorderOptions

	writing sync.Mutex // one Record at a time, where there is no journal
	sending sync.Mutex // one Flush at a time, without keeping writers waiting

	mu         sync.Mutex
	next       uint64
	last       *Signed
	waiting    []*Recorded // signed, and not known to be in the log; oldest first
	anchor     *Checkpoint
	task       string
	closed     bool
	unrecorded uint64
}

// NewRecorder returns the writer that signs with signer, a did:key, and appends
// to log. Its first entry has to be a TaskOpen. With a journal it goes on where the
// journal ends; a journal of another key is refused.
func NewRecorder(signer *did.Signer, log Appender, o RecorderOptions) (*Recorder, error) {
	if signer == nil || log == nil {
		return nil, fmt.Errorf("%w: no signer or no log", ErrRecorder)
	}
	if o.Role == "" {
		o.Role = RoleAgent
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = DefaultMaxWaiting
	}
	r := &Recorder{signer: signer, log: log, opts: o}
	if o.Journal == nil {
		return r, nil
	}
	return r, r.resume(o.Journal)
}

// resume goes on where the journal ends.
func (r *Recorder) resume(j Journal) error {
	last, waiting, err := j.Load(context.Background())
	if err != nil {
		return fmt.Errorf("%w: journal: %w", ErrRecorder, err)
	}
	if last == nil {
		return nil
	}
	e := &last.entry
	if e.Agent != r.signer.DID() || e.Role != r.opts.Role {
		return fmt.Errorf("%w: the journal is that of %v as %s", ErrRecorder, e.Agent, e.Role)
	}
	r.next, r.last, r.task, r.closed = e.Seq+1, last, e.Task, e.Type == TaskClose
	for _, s := range waiting {
		r.waiting = append(r.waiting, &Recorded{signed: s, journaled: true})
	}
	return nil
}

// Seen tells r of a checkpoint. The entries that follow name the largest one of
// those seen last as their anchor, so everyone who reads them can hold the log
// to it; keep the signed checkpoint, which is the evidence.
func (r *Recorder) Seen(c *Checkpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c != nil && (r.anchor == nil || r.anchor.Origin() != c.Origin() || r.anchor.Size() < c.Size()) {
		r.anchor = c
	}
}

// Last returns the writer's last entry, nil before the first. A child's is what
// its parent's TaskClose lists.
func (r *Recorder) Last() *Signed {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// Waiting returns how many entries the log has not taken.
func (r *Recorder) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

// Unrecorded returns how many actions went on without a record, which only
// AllowUnrecorded lets them.
func (r *Recorder) Unrecorded() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unrecorded
}

// Record signs e and keeps it. The caller sets what e says; who, when and which
// number are the recorder's, and an e that has them is refused. A task is taken
// from the TaskOpen if e has none.
//
// With a journal the entry is on disk when Record returns, whatever the log does;
// Flush sends it. Without one, Record appends it to the log; an entry that the log
// did not take is signed all the same and stays part of the chain: Record returns it
// with the error, and no further entry is signed until the log has taken it, which
// the next Record or Flush tries first. So what must not happen unrecorded waits
// until Record succeeds.
func (r *Recorder) Record(ctx context.Context, e Entry) (*Recorded, error) {
	if r.opts.Journal != nil {
		return r.sign(ctx, e)
	}
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.Flush(ctx); err != nil {
		return nil, err
	}
	rec, err := r.sign(ctx, e)
	if err != nil {
		return nil, err
	}
	return rec, r.Flush(ctx)
}

// sign makes the next entry of the chain, on disk where there is a journal.
func (r *Recorder) sign(ctx context.Context, e Entry) (*Recorded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) >= r.opts.MaxWaiting {
		return nil, fmt.Errorf("%w: %d entries of %v wait for the log: Flush them", ErrWaiting, len(r.waiting), r.signer.DID())
	}
	if err := r.complete(&e); err != nil {
		return nil, err
	}
	s, err := Sign(r.signer, e)
	if err != nil {
		return nil, err
	}
	rec := &Recorded{signed: s}
	if j := r.opts.Journal; j != nil {
		if err := j.Add(ctx, s); err != nil {
			return nil, r.broken(err)
		}
		rec.journaled = true
	}
	r.next, r.last, r.waiting = r.next+1, s, append(r.waiting, rec)
	if r.closed = e.Type == TaskClose; e.Type == TaskOpen {
		r.task = e.Task
	}
	return rec, nil
}

// broken ends a writer whose journal failed: whether the entry is on disk nobody
// knows, so another one with its number could be a second.
func (r *Recorder) broken(err error) error {
	r.closed = true
	return fmt.Errorf("%w: the journal failed, so %v writes no more until it is opened again: %w", ErrRecorder, r.signer.DID(), err)
}

// Flush sends the entries that wait, oldest first, until the log has taken all or
// refuses one. Writers do not wait for it where there is a journal.
func (r *Recorder) Flush(ctx context.Context) error {
	r.sending.Lock()
	defer r.sending.Unlock()
	for {
		rec := r.oldest()
		if rec == nil {
			return nil
		}
		p, err := r.log.Append(ctx, rec.signed)
		if err != nil {
			return fmt.Errorf("audit: entry %d of %v is not in the log yet: %w", rec.signed.entry.Seq, r.signer.DID(), err)
		}
		rec.took(p)
		if j := r.opts.Journal; j != nil {
			if err := j.Taken(ctx, rec.signed); err != nil {
				return fmt.Errorf("audit: journal: %w", err)
			}
		}
		r.sent()
	}
}

func (r *Recorder) oldest() *Recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		return nil
	}
	return r.waiting[0]
}

func (r *Recorder) sent() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = r.waiting[1:]
}

// complete sets what the recorder keeps.
func (r *Recorder) complete(e *Entry) error {
	switch {
	case r.closed:
		return fmt.Errorf("%w: %v closed its task", ErrRecorder, r.signer.DID())
	case (r.next == 0) != (e.Type == TaskOpen):
		return fmt.Errorf("%w: %s as entry %d: task.open is the first, and only the first", ErrRecorder, e.Type, r.next)
	case !e.Agent.IsZero() || e.Role != "" || e.Seq != 0 || !e.Prev.IsZero() || !e.Time.IsZero() || e.Anchor != nil:
		return fmt.Errorf("%w: agent, role, seq, prev, time and anchor are the recorder's to set", ErrRecorder)
	}
	e.Agent, e.Role, e.Seq, e.Prev = r.signer.DID(), r.opts.Role, r.next, r.last.Hash()
	e.Time, e.Anchor = r.opts.Now().UTC().Truncate(time.Second), r.anchor.Anchor()
	if r.last != nil && e.Time.Before(r.last.entry.Time) { // the clock was set back; the chain goes on
		e.Time = r.last.entry.Time
	}
	if e.ID == "" {
		e.ID = entryID(e.Agent, e.Seq)
	}
	if e.Task == "" && r.opts.Role == RoleAgent {
		e.Task = r.task
	}
	return nil
}

// entryID derives a URN from what makes an entry unique (a UUID of version 8, RFC
// 9562 section 5.8), so that an entry made again has the name it had.
func entryID(agent did.DID, seq uint64) string {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(agent.String()), seq))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
