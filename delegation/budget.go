package delegation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/internal/multikey"
)

// forgetMargin is how long after its link ended a budget is remembered: longer
// than two clocks within the largest skew can differ.
const forgetMargin = 2 * maxSkew

var (
	errNoLedger      = errors.New("the chain has limits and no ledger is configured")
	errNoAmount      = errors.New("the request states no amount of the unit")
	errUnshared      = errors.New("the limit is neither split nor is this ledger shared by all names of the audience")
	errNoReservation = errors.New("the ledger answered nothing")
	errCountUnit     = errors.New("an invocation counts as 1, the request states otherwise")
)

// unitCount is the unit that every invocation is charged 1 of.
const unitCount = "count"

// charged is a charge, and the limit that it is for.
type charged struct {
	link  int
	limit *limit
}

// spent is a reservation for an Authorization.
type spent struct {
	reservation Reservation
	of          []charged // in the order of the charges
}

// reserve is rule 17: the ledger has room for the amounts in the bucket of every
// limit of every link.
func (v *Verifier) reserve(ctx context.Context, a *Authorization, now time.Time) (*spent, *Refusal) {
	of := limitsOf(a.chain.links)
	if len(of) == 0 {
		return nil, nil
	}
	refuse := func(c charged, err error) *Refusal {
		l := a.chain.links[c.link]
		r := &Refusal{Rule: ErrBudget, Link: noLink, Dimension: dimLimits, Allowed: c.limit.String(), Grantor: l.issuer, place: c.link + 1}
		r.Err = fmt.Errorf("link %d: limit %s: %w", c.link, quote(c.limit.name), err)
		return r
	}
	if v.config.Ledger == nil {
		return nil, refuse(of[0], errNoLedger)
	}
	s := Spend{ID: a.invocation.digest, Tree: a.chain.links[0].bucketName(), Now: now, Charges: make([]Charge, len(of)), Links: a.chain.digests()}
	for i, c := range of {
		var err error
		if s.Charges[i], err = v.charge(a, c, now); err != nil {
			return nil, refuse(c, err)
		}
	}
	r, err := v.config.Ledger.Reserve(ctx, s)
	if err == nil && r == nil {
		err = errNoReservation
	}
	if err != nil {
		return nil, overBudget(s.Charges, of, err, refuse)
	}
	return &spent{r, of}, nil
}

// overBudget says which limit has no room, and what would fit.
func overBudget(charges []Charge, of []charged, err error, refuse func(charged, error) *Refusal) *Refusal {
	var room *RoomError
	if !errors.As(err, &room) || room.Charge < 0 || room.Charge >= len(charges) {
		return &Refusal{Rule: ErrBudget, Link: noLink, Dimension: dimLimits, Err: outside{err}}
	}
	c := charges[room.Charge]
	r := refuse(of[room.Charge], room)
	r.Offered = fmt.Sprintf("%d %s", c.Amount, of[room.Charge].limit.Unit)
	r.Fix = fmt.Sprintf("spend at most %d", room.Left)
	if room.Left == 0 {
		r.Fix = "spend nothing more"
	}
	if per := of[room.Charge].limit.Per; per > 0 {
		r.Fix += " until " + seconds((c.Window+1)*per).Format(timeLayout)
	}
	return r
}

// bucketName names the buckets of a link. Of links without limits, which have none,
// it is not kept.
func (l *link) bucketName() string {
	if l.bucket != "" {
		return l.bucket
	}
	return multikey.Digest(l.signedContent())
}

// limitsOf returns the limits of all links, root first.
func limitsOf(links []*link) (of []charged) {
	for i, l := range links {
		for j := range l.authority.limits {
			of = append(of, charged{i, &l.authority.limits[j]})
		}
	}
	return of
}

// charge is what the request takes from one limit.
func (v *Verifier) charge(a *Authorization, of charged, now time.Time) (c Charge, err error) {
	l, limit := a.chain.links[of.link], of.limit
	c = Charge{Bucket: l.bucket + "/" + limit.name, Link: of.link, Max: limit.Max, Until: l.until.Add(forgetMargin)}
	if c.Amount, err = amountOf(a.request.Amounts, limit.Unit); err != nil {
		return c, err
	}
	if limit.Per > 0 {
		c.Window = now.Unix() / limit.Per
	}
	if limit.Split == splitAudience {
		c.Bucket += " " + a.request.Audience
		c.Max /= int64(len(l.authority.audience.names))
		return c, nil
	}
	return c, v.checkShared(&l.authority.audience)
}

// amountOf is what the request costs of a unit.
func amountOf(amounts map[string]int64, unit string) (int64, error) {
	n, stated := amounts[unit]
	switch {
	case unit == unitCount && stated && n != 1:
		return 0, errCountUnit
	case unit == unitCount:
		return 1, nil
	case !stated:
		return 0, errNoAmount
	}
	return n, nil
}

// checkShared refuses a limit that this verifier cannot hold alone: another name
// of the audience may be let another ledger spend it too.
func (v *Verifier) checkShared(a *audience) error {
	if !a.all && len(a.names) == 1 {
		return nil
	}
	for _, name := range a.names { // ** is shared by nobody
		if !v.shared[name] {
			return errUnshared
		}
	}
	return nil
}

// Commit makes final what this request spends. A handler need not call it: what
// it does not release is spent. After Commit there is nothing to release.
func (a *Authorization) Commit(ctx context.Context) error {
	if a.spent == nil {
		return nil
	}
	return a.spent.reservation.Commit(ctx)
}

// Release gives back what this request was to spend. It is for a handler that
// knows that nothing was done, and for nobody else: a request that was cancelled,
// timed out or failed half-way is spent. After Commit it gives nothing back.
func (a *Authorization) Release(ctx context.Context) error {
	if a.spent == nil {
		return nil
	}
	return a.spent.reservation.Release(ctx)
}

// giveBack releases for the verifier, who refuses after all. The caller may have
// gone; what cannot be released stays spent.
func (a *Authorization) giveBack(ctx context.Context) { _ = a.Release(context.WithoutCancel(ctx)) }

// Left returns what was left of the leaf's own limits, by name, once this request
// was reserved. An ancestor's may have less. It is nil where the leaf has none.
func (a *Authorization) Left() map[string]int64 {
	if a.spent == nil {
		return nil
	}
	left, leaf := a.spent.reservation.Left(), a.chain.Len()-1
	var out map[string]int64
	for i, c := range a.spent.of {
		if c.link != leaf || i >= len(left) {
			continue
		}
		if out == nil {
			out = make(map[string]int64)
		}
		out[c.limit.name] = left[i]
	}
	return out
}
