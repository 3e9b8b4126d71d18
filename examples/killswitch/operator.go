package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/eventhttp"
	"github.com/taperid/taper/revocation/statushttp"
	"github.com/taperid/taper/vc"
)

const (
	tick   = time.Second
	resign = 4 * time.Second
)

// operator changes the status of subtrees and publishes it: at the word of whoever
// sits at the terminal, and of a risk engine's events.
type operator struct {
	fleet   *fleet
	lists   *revocation.Issuer
	handler *statushttp.Handler
	board   *board

	mu   sync.Mutex // of what follows, and of publishing
	said []*act     // and not published yet
}

// events is what the receiver of risk events is told: whom they are about, and
// that they act as the terminal does. It is for the engine's key alone.
func (o *operator) events(audience, engine string, key did.Key) (*eventhttp.Receiver, error) {
	return eventhttp.NewReceiver(eventhttp.Config{
		Audience: audience,
		Keys:     map[string]map[string]did.Key{engine: {"key-1": key}},
		Entries: func(_ context.Context, e eventhttp.Event) ([]vc.StatusEntry, error) {
			var subject struct{ Format, ID string }
			if err := json.Unmarshal(e.Subject, &subject); err != nil || subject.Format != "opaque" {
				return nil, nil //nolint:nilerr // somebody that is not of the fleet
			}
			for i := range o.fleet.entries {
				if nameOf(i) == subject.ID {
					return o.fleet.entries[i], nil
				}
			}
			return nil, nil
		},
		Set: func(ctx context.Context, value uint8, entries ...vc.StatusEntry) error {
			return o.set(ctx, "risk event", value, entries...)
		},
		Publish: o.publish,
	})
}

// order is what a key of the terminal does.
func (o *operator) order(ctx context.Context, subtree int, purpose string, value uint8) error {
	for _, e := range o.fleet.entries[subtree] {
		if e.Purpose == purpose {
			return errors.Join(o.set(ctx, "operator", value, e), o.publish(ctx))
		}
	}
	return fmt.Errorf("%s has no entry to be %s by", nameOf(subtree), purpose)
}

// set changes entries, and notes who said so for when it is published.
func (o *operator) set(ctx context.Context, by string, value uint8, entries ...vc.StatusEntry) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.lists.Set(ctx, value, entries...); err != nil {
		return err
	}
	for _, e := range entries {
		o.said = append(o.said, &act{by: by, subtree: o.fleet.subtreeOf(e), purpose: e.Purpose, value: value, said: time.Now()})
	}
	return nil
}

// publish signs what changed and hands it to the Handler, which serves and pushes
// it. A list is of a whole second and later than the one before, so that a change
// right after another waits for the next second.
func (o *operator) publish(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		now := time.Now()
		bundle, err := o.lists.Publish(ctx, now)
		if err == nil {
			o.board.published(o.said, time.Now()) // before anybody can have it
			o.said = nil
			return o.handler.Update(ctx, bundle)
		}
		if !errors.Is(err, revocation.ErrTooSoon) {
			return err
		}
		if err := wait(ctx, time.Until(now.Truncate(time.Second).Add(time.Second))); err != nil {
			return err
		}
	}
}

// run signs the lists anew before they grow old.
func (o *operator) run(ctx context.Context) error {
	for {
		if err := errors.Join(wait(ctx, tick), o.publish(ctx)); err != nil {
			return err
		}
	}
}

func (o *operator) serve(events http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/risk", events)
	mux.Handle("/", o.handler)
	return mux
}

// wait returns early, with an error, when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
