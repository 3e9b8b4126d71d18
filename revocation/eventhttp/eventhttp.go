// Package eventhttp lets risk events narrow, suspend and end agents: a [Receiver]
// takes Security Event Tokens (RFC 8417) that an identity provider or a risk engine
// pushes over HTTP (RFC 8935), such as those of CAEP and RISC, changes the status of
// whom they are about, and has it published.
//
// It runs at the operator, beside the issuer of status lists. A token is a compact
// JWS of typ secevent+jwt by a key that the configuration has for its issuer; its
// aud is this receiver, its iat is new, and its jti is used once. Tokens come late,
// twice and in disorder, so
//
//   - one that was taken is acknowledged again and does nothing;
//   - one that would lift what a later event put there does nothing;
//   - one from before the receiver's start may put something there, and lift
//     nothing, since it may have been used then.
//
// Keys are of the types of package did: Ed25519, ECDSA. A transmitter that signs with
// RSA alone cannot be taken.
//
// An event of any configured issuer lifts what whoever else put there, the operator
// too. Where that is not wanted, Effects of the configuration returns no lifting for it.
//
// What an event means is a table that may be replaced ([Effects]), and whom it is
// about is the operator's to say.
package eventhttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

var (
	// ErrConfig is returned for a configuration that trusts nobody or lacks a part.
	ErrConfig = errors.New("eventhttp: configuration")
	// ErrToken is returned for what is no Security Event Token.
	ErrToken = errors.New("eventhttp: malformed token")
	// ErrIssuer is returned for a token of an issuer that is not configured.
	ErrIssuer = errors.New("eventhttp: issuer")
	// ErrKey is returned for a token that no key of its issuer signed.
	ErrKey = errors.New("eventhttp: key or signature")
	// ErrAudience is returned for a token for somebody else.
	ErrAudience = errors.New("eventhttp: audience")
	// ErrTime is returned for a token that is too old, or from the future.
	ErrTime = errors.New("eventhttp: time")
	// ErrFull is returned where no more tokens can be remembered.
	ErrFull = errors.New("eventhttp: memory is full")
)

// Event is one event of a token that was verified.
type Event struct {
	Issuer   string // of the token
	ID       string // its jti
	IssuedAt time.Time
	Type     string          // URI
	Subject  json.RawMessage // sub_id (RFC 9493) of the token or the event, or its sub as a string; nil: none
	Payload  json.RawMessage // of the event, an object
}

// Effect is a value that an event gives the entries of a purpose.
type Effect struct {
	Purpose string
	Value   uint8
}

// Config says whose events are taken, and what they do.
type Config struct {
	Audience string // what aud must have; required
	// Keys are the keys of each issuer, by kid; at least one.
	Keys map[string]map[string]did.Key
	// Entries returns the status entries of whom an event is about, none for one that
	// the operator does not know. Required.
	Entries func(ctx context.Context, e Event) ([]vc.StatusEntry, error)
	// Set changes entries: Issuer.Set. Required.
	Set func(ctx context.Context, value uint8, entries ...vc.StatusEntry) error
	// Publish makes the changes known: Issuer.Publish and Handler.Update. Required.
	Publish func(ctx context.Context) error
	// Effects says what an event does; nil: Effects of this package.
	Effects func(e Event) []Effect

	MaxAge time.Duration    // how old a token may be; 0: 10 minutes
	Skew   time.Duration    // how far clocks may differ; 0: 30 seconds
	Max    int              // how many tokens an issuer may have in MaxAge; 0: 65,536
	Now    func() time.Time // nil: time.Now
}

func (c *Config) setDefaults() error {
	n := 0
	for _, keys := range c.Keys {
		n += len(keys)
	}
	switch {
	case c.Audience == "" || n == 0:
		return fmt.Errorf("%w: audience %q, %d keys", ErrConfig, c.Audience, n)
	case c.Entries == nil || c.Set == nil || c.Publish == nil:
		return fmt.Errorf("%w: Entries, Set and Publish are needed", ErrConfig)
	case c.MaxAge < 0 || c.Skew < 0 || c.Max < 0:
		return fmt.Errorf("%w: MaxAge %s, Skew %s, Max %d, want none below 0", ErrConfig, c.MaxAge, c.Skew, c.Max)
	}
	if c.Effects == nil {
		c.Effects = Effects
	}
	if c.MaxAge == 0 {
		c.MaxAge = 10 * time.Minute
	}
	if c.Skew == 0 {
		c.Skew = 30 * time.Second
	}
	if c.Max == 0 {
		c.Max = 1 << 16
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}
