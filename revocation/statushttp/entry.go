package statushttp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/taperid/taper/revocation"
)

// entry is what a Fetcher knows of one URL, guarded by its mutex.
type entry struct {
	body    []byte // nil: none
	err     error  // of the last request, where there is no body
	etag    string
	fetched time.Time // when body was last known to be the newest
	next    time.Time // when to ask again
	failed  int       // requests in a row
	flight  chan struct{}
	used    atomic.Int64 // nanoseconds
}

// ready returns what may be used without waiting for the request under way.
func (e *entry) ready(f *Fetcher, now time.Time) []byte {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if e.body != nil && now.Sub(e.fetched) < 2*f.config.Refresh {
		return e.body
	}
	return nil
}

// start returns the entry of a URL, and the request that is under way. It starts
// one if it is time to, or always. used says that somebody wants the list.
func (f *Fetcher) start(ctx context.Context, url string, now time.Time, always, used bool) (*entry, <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.lists[url]
	if e == nil {
		if !f.makeRoom() {
			return nil, nil, fmt.Errorf("%w: %.120q: %d other lists are being asked for", ErrFetch, url, len(f.lists))
		}
		e = new(entry)
		f.lists[url] = e
	}
	if used {
		e.used.Store(now.UnixNano())
	}
	if e.flight == nil {
		if !always && now.Before(e.next) {
			done := make(chan struct{})
			close(done)
			return e, done, nil
		}
		e.flight = make(chan struct{})
		go f.fly(context.WithoutCancel(ctx), url, e, e.etag) // others wait for it too
	}
	return e, e.flight, nil
}

// fly makes one request and keeps what came of it.
func (f *Fetcher) fly(ctx context.Context, url string, e *entry, etag string) {
	f.flights <- struct{}{}
	ctx, cancel := context.WithTimeout(ctx, f.config.Timeout)
	got, err := f.fetch(ctx, url, etag)
	cancel()
	<-f.flights
	now := f.config.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		e.fail(f, now, got.retryAfter, err)
	} else {
		e.succeed(f, now, got)
	}
	close(e.flight)
	e.flight = nil
}

func (e *entry) succeed(f *Fetcher, now time.Time, got answer) {
	if got.body != nil { // else what there is is still the newest
		e.body, e.etag = got.body, got.etag
	}
	e.err, e.failed, e.fetched = nil, 0, now
	wait := f.config.Refresh
	if got.maxAge >= 0 && got.maxAge < wait {
		wait = got.maxAge
	}
	e.next = now.Add(jitter(max(wait, minimumInterval)))
}

// fail keeps what there is, and waits twice as long as the last time. A list that is
// gone is not asked for again so soon.
func (e *entry) fail(f *Fetcher, now time.Time, retryAfter time.Duration, err error) {
	if errors.Is(err, revocation.ErrRetired) {
		e.body, e.etag = nil, ""
	}
	if e.body == nil {
		e.err = err
	}
	wait := firstWait << min(e.failed, 16)
	e.failed++
	if errors.Is(err, revocation.ErrRetired) {
		wait = f.config.Refresh
	}
	e.next = now.Add(jitter(max(min(wait, f.config.Refresh), min(retryAfter, f.config.Refresh), minimumInterval)))
}

// jitter takes up to a fifth off, so that many verifiers do not ask at once.
func jitter(d time.Duration) time.Duration { return d - rand.N(d/5+1) }

// makeRoom forgets a list where there are too many: of those that never came the
// one used longest ago, so that asking for what is not there drives nothing out.
// It reports false where all are being asked for.
func (f *Fetcher) makeRoom() bool {
	if len(f.lists) < f.config.MaxLists {
		return true
	}
	var oldest string
	var least *entry
	for url, e := range f.lists {
		switch {
		case e.flight != nil:
		case least == nil, (e.body == nil) != (least.body == nil) && e.body == nil,
			(e.body == nil) == (least.body == nil) && e.used.Load() < least.used.Load():
			oldest, least = url, e
		}
	}
	delete(f.lists, oldest)
	return least != nil
}
