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
	Append(ctx context.Context, s *Signed) (*Pending, error)
}

// RecorderOptions are the choices there are about a Recorder. The zero value is
// an agent's that reads the system's clock.
type RecorderOptions struct {
	Role Role             // RoleAgent if empty
	Now  func() time.Time // the clock; time.Now if nil
}

// Recorder is one writer: the agent or the verifier that one key is. It numbers
// and links its entries, so that none can be dropped unseen. One key has one
// Recorder, ever: an agent that lost its Recorder is a new key and a new link,
// since two entries of one number prove equivocation. It is safe for concurrent
// use.
type Recorder struct {
	signer *did.Signer
	log    Appender
	role   Role
	now    func() time.Time

	mu     sync.Mutex
	next   uint64
	last   *Signed
	unsent *Signed // signed, and not known to be in the log
	anchor *Checkpoint
	task   string
	closed bool
}

// NewRecorder returns the writer that signs with signer, a did:key, and appends
// to log. Its first entry has to be a TaskOpen.
func NewRecorder(signer *did.Signer, log Appender, o RecorderOptions) (*Recorder, error) {
	if signer == nil || log == nil {
		return nil, fmt.Errorf("%w: no signer or no log", ErrRecorder)
	}
	r := &Recorder{signer: signer, log: log, role: o.Role, now: o.Now}
	if r.role == "" {
		r.role = RoleAgent
	}
	if r.now == nil {
		r.now = time.Now
	}
	return r, nil
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

// Record signs e and appends it. The caller sets what e says; who, when and which
// number are the recorder's, and an e that has them is refused. A task is taken
// from the TaskOpen if e has none.
//
// An entry that the log did not take is signed all the same and stays part of
// the chain: Record returns it with the error, and no further entry is signed
// until the log has taken it, which the next Record or Flush tries first. So what
// must not happen unrecorded waits until Record succeeds.
func (r *Recorder) Record(ctx context.Context, e Entry) (*Signed, *Pending, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.flush(ctx); err != nil {
		return nil, nil, err
	}
	if err := r.complete(&e); err != nil {
		return nil, nil, err
	}
	s, err := Sign(r.signer, e)
	if err != nil {
		return nil, nil, err
	}
	r.next, r.last, r.unsent = r.next+1, s, s
	if r.closed = e.Type == TaskClose; e.Type == TaskOpen {
		r.task = e.Task
	}
	p, err := r.flush(ctx)
	return s, p, err
}

// Flush appends the entry that the log has not taken yet, if there is one.
func (r *Recorder) Flush(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.flush(ctx)
	return err
}

func (r *Recorder) flush(ctx context.Context) (*Pending, error) {
	if r.unsent == nil {
		return nil, nil
	}
	p, err := r.log.Append(ctx, r.unsent)
	if err != nil {
		return nil, fmt.Errorf("audit: entry %d of %v is not in the log yet: %w", r.next-1, r.signer.DID(), err)
	}
	r.unsent = nil
	return p, nil
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
	e.Agent, e.Role, e.Seq, e.Prev = r.signer.DID(), r.role, r.next, r.last.Hash()
	e.Time, e.Anchor = r.now().UTC().Truncate(time.Second), r.anchor.Anchor()
	if e.ID == "" {
		e.ID = entryID(e.Agent, e.Seq)
	}
	if e.Task == "" && r.role == RoleAgent {
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
