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

	// Path names those who let the issuer act: the root, and the links of the chain
	// from the first on. Agents can mint links without end, for agents that they
	// make up; a store is bounded so that none of them, with all that are below it,
	// fills what others need.
	Path []string
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
// for every agent, for every root, for every link with all that are below it (three
// quarters of what those above it have), and in all, and evicts nothing early: an
// agent that fills its share is refused, others are not.
type VolatileReplay struct {
	floor    time.Time
	mu       sync.Mutex
	all      share
	used     map[did.DID]map[string]usage // by agent and jti
	swept    time.Time
	sweptAll time.Time
}

// usage is when one use can be forgotten, and whose memory it takes.
type usage struct {
	until time.Time
	share *share
}

// NewVolatileReplay returns a store that begins at start. Invocations issued
// before start plus skew, the difference allowed between clocks, are refused: an
// earlier process may have accepted them.
func NewVolatileReplay(start time.Time, skew time.Duration) *VolatileReplay {
	return &VolatileReplay{floor: start.Add(skew), all: share{most: replayTotal}, used: make(map[did.DID]map[string]usage)}
}

// Use remembers u or says why not.
func (s *VolatileReplay) Use(_ context.Context, u Use) error {
	if u.IssuedAt.Before(s.floor) {
		return fmt.Errorf("%w: issued at %s, this verifier remembers from %s on: invoke again",
			ErrReplayed, u.IssuedAt.UTC().Format(timeLayout), s.floor.UTC().Format(time.RFC3339Nano))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before, ok := s.used[u.Issuer][u.ID]; ok {
		if !u.Now.After(before.until) {
			return ErrReplayed
		}
		s.drop(u.Issuer, u.ID)
	}
	if len(s.used[u.Issuer]) >= replayPerAgent && due(&s.swept, u.Now, time.Second) {
		s.forget(u.Issuer, u.Now)
	}
	if len(s.used[u.Issuer]) >= replayPerAgent {
		return ErrReplayFull
	}
	mine := s.all.take(u.Path, 1)
	if mine == nil && due(&s.sweptAll, u.Now, sweepAll) {
		for issuer := range s.used {
			s.forget(issuer, u.Now)
		}
		mine = s.all.take(u.Path, 1)
	}
	if mine == nil {
		return ErrReplayFull
	}
	if s.used[u.Issuer] == nil {
		s.used[u.Issuer] = make(map[string]usage)
	}
	s.used[u.Issuer][u.ID] = usage{u.Until, mine}
	return nil
}

// sweepAll is how often at most all is looked through for what is past its time.
const sweepAll = 5 * time.Second

// due reports whether it is time to look for what is past its time: at most once in
// a while of the callers' clock, so that a full store costs its users little.
func due(last *time.Time, now time.Time, every time.Duration) bool {
	if d := now.Sub(*last); d >= 0 && d < every {
		return false
	}
	*last = now
	return true
}

// forget drops what of one agent is past its time.
func (s *VolatileReplay) forget(issuer did.DID, now time.Time) {
	for id, u := range s.used[issuer] {
		if now.After(u.until) {
			s.drop(issuer, id)
		}
	}
}

func (s *VolatileReplay) drop(issuer did.DID, id string) {
	s.used[issuer][id].share.give(1)
	if delete(s.used[issuer], id); len(s.used[issuer]) == 0 {
		delete(s.used, issuer)
	}
}
