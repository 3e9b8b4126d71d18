package revocation

import (
	"fmt"
	"time"
)

// clock is how a request judges time.
type clock struct {
	now   time.Time
	skew  time.Duration
	limit time.Duration // how old a list may be
}

// check applies the three rules of time to a list. Age counts from validFrom, the
// issuer's clock before it took the snapshot; when the list arrived says nothing,
// since a holder can keep one back.
func (c clock) check(l *List) error {
	age := c.now.Sub(l.validFrom)
	switch {
	case age < -c.skew, c.now.Sub(l.notBefore) < -c.skew:
		return c.begun(l)
	case age > c.limit:
		return fmt.Errorf("%w: %s is of %s, %s ago, at most %s: get a newer one", ErrStale, l.url, stamp(l.validFrom), age, c.limit)
	case !l.validUntil.IsZero() && l.validUntil.Sub(c.now) <= -c.skew:
		return fmt.Errorf("%w: %s, at %s: get a newer one", ErrExpired, l.url, stamp(l.validUntil))
	}
	return nil
}

// begun refuses a list from the future.
func (c clock) begun(l *List) error {
	if c.now.Sub(l.validFrom) < -c.skew || c.now.Sub(l.notBefore) < -c.skew {
		return fmt.Errorf("%w: %s is of %s, it is %s", ErrNotYetValid, l.url, stamp(l.validFrom), stamp(c.now))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
