package delegation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/taperid/taper/did"
)

// Use is one invocation that is about to be used up.
type Use struct {
	Issuer   did.DID
	ID       string    // jti
	IssuedAt time.Time // iat
	Until    time.Time // when it can be forgotten
	Now      time.Time
}

// ReplayStore remembers which invocations were used. Use is atomic: of any number
// of calls with one (Issuer, ID) before Until exactly one returns nil, and what
// cannot be remembered returns an error. All verifiers of one name share one
// store; one that does not outlive its verifier must refuse what was issued
// before it began, as [VolatileReplay] does.
type ReplayStore interface {
	Use(ctx context.Context, u Use) error
}

var (
	// ErrReplayed is the cause of a refusal of an invocation that was used before.
	ErrReplayed = errors.New("invocation was used before")
	// ErrReplayFull is the cause of a refusal of an invocation that the store has
	// no room to remember.
	ErrReplayFull = errors.New("too many invocations to remember")
)

// The bounds of a VolatileReplay, in invocations that are not yet forgotten.
const (
	replayPerAgent = 4096
	replayTotal    = 1 << 20
)

// VolatileReplay is a ReplayStore in memory, for one verifier in one process. A
// restart forgets, so it refuses what was issued before it began. It is bounded
// for every agent and in all, and evicts nothing early: an agent that fills its
// share is refused, others are not.
type VolatileReplay struct {
	floor time.Time
	mu    sync.Mutex
	total int
	used  map[did.DID]*agentUses
	swept time.Time
}

// agentUses is what one agent used, by jti, with the time to forget it.
type agentUses struct{ until map[string]time.Time }

// NewVolatileReplay returns a store that begins at start. Invocations issued
// before start plus skew, the difference allowed between clocks, are refused: an
// earlier process may have accepted them.
func NewVolatileReplay(start time.Time, skew time.Duration) *VolatileReplay {
	return &VolatileReplay{floor: start.Add(skew), used: make(map[did.DID]*agentUses)}
}

// Use remembers u or says why not.
func (s *VolatileReplay) Use(_ context.Context, u Use) error {
	if u.IssuedAt.Before(s.floor) {
		return fmt.Errorf("%w: issued at %s, this verifier remembers from %s on: invoke again",
			ErrReplayed, u.IssuedAt.UTC().Format(timeLayout), s.floor.UTC().Format(time.RFC3339Nano))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.used[u.Issuer]
	if a == nil {
		a = &agentUses{make(map[string]time.Time)}
	}
	if until, ok := a.until[u.ID]; ok && !u.Now.After(until) {
		return ErrReplayed
	}
	if len(a.until) >= replayPerAgent || s.total >= replayTotal {
		s.sweep(u.Issuer, u.Now)
	}
	if len(a.until) >= replayPerAgent || s.total >= replayTotal {
		return ErrReplayFull
	}
	if _, again := a.until[u.ID]; !again {
		s.total++
	}
	a.until[u.ID] = u.Until
	s.used[u.Issuer] = a
	return nil
}

// sweep forgets what is past its time, at most once a second of the caller's
// clock, so that a full store costs its users no more than a map look-up: of the
// agent that is full, which costs the others nothing, or of all where all is.
func (s *VolatileReplay) sweep(full did.DID, now time.Time) {
	if d := now.Sub(s.swept); d >= 0 && d < time.Second {
		return
	}
	s.swept = now
	if s.total < replayTotal {
		s.forget(full, now)
		return
	}
	for issuer := range s.used {
		s.forget(issuer, now)
	}
}

// forget drops what of one agent is past its time.
func (s *VolatileReplay) forget(issuer did.DID, now time.Time) {
	a := s.used[issuer]
	if a == nil {
		return
	}
	for id, until := range a.until {
		if now.After(until) {
			delete(a.until, id)
			s.total--
		}
	}
	if len(a.until) == 0 {
		delete(s.used, issuer)
	}
}
