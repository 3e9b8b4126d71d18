package eventhttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// Receiver takes tokens. It is an [http.Handler] for the endpoint that transmitters
// push to, and safe for concurrent use; tokens are worked on one after another.
type Receiver struct {
	config Config
	start  time.Time

	mu     sync.Mutex
	taken  map[string]map[string]time.Time // iat by issuer and jti
	placed map[place]time.Time             // iat of the last event that put something there
	swept  time.Time                       // when what is old was last dropped
}

// place is an entry of a list.
type place struct{ list, index string }

// NewReceiver returns a Receiver that has taken no token yet.
func NewReceiver(config Config) (*Receiver, error) {
	if err := config.setDefaults(); err != nil {
		return nil, err
	}
	return &Receiver{
		config: config, start: config.Now(),
		taken: make(map[string]map[string]time.Time), placed: make(map[place]time.Time),
	}, nil
}

// Take verifies a token, changes what its events change, and publishes. A token that
// was taken before is no error. After an error of Entries, Set or Publish it was not
// taken, and may come again.
func (r *Receiver) Take(ctx context.Context, token string) error {
	now := r.config.Now()
	c, err := r.verify(token, now)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.swept) > r.config.MaxAge/16 || len(r.taken[c.iss]) >= r.config.Max {
		r.forget(now)
	}
	taken := r.taken[c.iss]
	if _, again := taken[c.jti]; again {
		return nil
	}
	if len(taken) >= r.config.Max {
		return fmt.Errorf("%w: %d tokens of %.80q in %s", ErrFull, len(taken), c.iss, r.config.MaxAge)
	}
	if err := r.act(ctx, c); err != nil {
		return err
	}
	if taken == nil {
		taken = make(map[string]time.Time)
		r.taken[c.iss] = taken
	}
	taken[c.jti] = c.iat
	return nil
}

// act makes the changes of a token's events, and publishes if there are any.
func (r *Receiver) act(ctx context.Context, c *claims) error {
	changed := false
	for _, e := range c.events {
		effects := r.config.Effects(e)
		if len(effects) == 0 {
			continue
		}
		entries, err := r.config.Entries(ctx, e)
		if err != nil {
			return fmt.Errorf("eventhttp: entries of %s: %w", e.ID, err)
		}
		for _, effect := range effects {
			some, err := r.set(ctx, e.IssuedAt, effect, entries)
			if err != nil {
				return fmt.Errorf("eventhttp: set by %s: %w", e.ID, err)
			}
			changed = changed || some
		}
	}
	if !changed {
		return nil
	}
	// Where something was published in this second, the next tick has it.
	if err := r.config.Publish(ctx); err != nil && !errors.Is(err, revocation.ErrTooSoon) {
		return fmt.Errorf("eventhttp: publish: %w", err)
	}
	return nil
}

// set gives the entries of a purpose a value, but for those where that would lift
// what a later event, or who knows which, put there.
func (r *Receiver) set(ctx context.Context, at time.Time, effect Effect, entries []vc.StatusEntry) (bool, error) {
	var some []vc.StatusEntry
	for _, e := range entries {
		last, ok := r.placed[place{e.List, e.Index}]
		lifts := effect.Value == 0 && (ok && !at.After(last) || at.Before(r.start.Add(r.config.Skew)))
		if e.Purpose == effect.Purpose && !lifts {
			some = append(some, e)
		}
	}
	if len(some) == 0 {
		return false, nil
	}
	some, err := r.setInForce(ctx, effect.Value, some)
	if err != nil || len(some) == 0 {
		return false, err
	}
	for _, e := range some {
		if p := (place{e.List, e.Index}); effect.Value != 0 && at.After(r.placed[p]) {
			r.placed[p] = at
		}
	}
	return true, nil
}

// setInForce gives entries a value and returns them, without those of lists that
// are retired. What they were of has ended, and must not keep the event from the
// others.
func (r *Receiver) setInForce(ctx context.Context, value uint8, entries []vc.StatusEntry) ([]vc.StatusEntry, error) {
	err := r.config.Set(ctx, value, entries...)
	if err == nil || !errors.Is(err, revocation.ErrRetired) {
		return entries, err
	}
	var some []vc.StatusEntry
	for _, e := range entries {
		switch err := r.config.Set(ctx, value, e); {
		case err == nil:
			some = append(some, e)
		case !errors.Is(err, revocation.ErrRetired):
			return nil, err
		}
	}
	return some, nil
}

// forget drops what no token that is new enough can contradict.
func (r *Receiver) forget(now time.Time) {
	r.swept = now
	old := func(at time.Time) bool { return now.Sub(at) > r.config.MaxAge+r.config.Skew }
	for iss, tokens := range r.taken {
		for jti, at := range tokens {
			if old(at) {
				delete(tokens, jti)
			}
		}
		if len(tokens) == 0 {
			delete(r.taken, iss)
		}
	}
	for p, at := range r.placed {
		if old(at) {
			delete(r.placed, p)
		}
	}
}

// ServeHTTP implements [http.Handler] (RFC 8935 section 2): 202 for a token that was
// taken, now or before, 400 with one of the standard's error codes for one that is
// refused, and 503 for one that is to be sent again.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/secevent+jwt" {
		http.Error(w, "want application/secevent+jwt", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxToken))
	if err == nil {
		err = r.Take(req.Context(), string(body))
	} else {
		err = fmt.Errorf("%w: %w", ErrToken, err)
	}
	if err == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	code, description := codeOf(err)
	if code == "" {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Language", "en")
	w.WriteHeader(http.StatusBadRequest)
	answer, _ := json.Marshal(map[string]string{"err": code, "description": description})
	_, _ = w.Write(answer) // who is gone does not hear of it
}

// codeOf returns the error code of RFC 8935 section 2.4, "" for an error that passes.
// What exactly is wrong is not told to strangers.
func codeOf(err error) (code, description string) {
	switch {
	case errors.Is(err, ErrToken), errors.Is(err, ErrTime):
		return "invalid_request", "not a Security Event Token, or of another time"
	case errors.Is(err, ErrIssuer):
		return "invalid_issuer", "the issuer is not configured here"
	case errors.Is(err, ErrKey):
		return "invalid_key", "no key of the issuer made the signature"
	case errors.Is(err, ErrAudience):
		return "invalid_audience", "the token is for somebody else"
	}
	return "", ""
}
