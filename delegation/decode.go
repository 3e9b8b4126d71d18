package delegation

import (
	"errors"
	"fmt"

	"github.com/taperid/taper/internal/strictjson"
)

var errUnknown = errors.New("unknown member")

// readAuthority reads the next value of a document as an authority. Its errors do
// not wrap ErrMalformedAuthority: its callers say what they were reading.
func readAuthority(r *strictjson.Reader) (*authority, error) {
	var d draft
	err := r.Object(func(name string) (err error) {
		switch name {
		case "grants":
			d.grants, err = readGrants(r)
		case "audience":
			d.audience, err = readStrings(r)
		case "depth":
			d.depthStated = true
			d.depth, err = r.Int()
		case "limits":
			d.limits, err = readLimits(r)
		case "requires":
			d.requires, err = readRequires(r)
		case "guarded":
			d.guarded, err = readOverlay(r)
		case "maxStatusAge":
			d.maxStatusAge, err = readPositive(r)
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	if err != nil {
		return nil, err
	}
	return d.compile(nil)
}

// memberError says in which member err is.
func memberError(name string, err error) error {
	if err == nil {
		return nil
	}
	return placed(quote(name), err)
}

func readStrings(r *strictjson.Reader) ([]string, error) {
	list := make([]string, 0, 4)
	_, err := r.Array(maxElements, func(int) error {
		s, err := r.String()
		list = append(list, s)
		return err
	})
	return list, err
}

// readPositive reads an integer of which 0 would mean absence.
func readPositive(r *strictjson.Reader) (int64, error) {
	n, err := r.Int()
	if err == nil && n < 1 {
		err = fmt.Errorf("%d, want at least 1", n)
	}
	return n, err
}

func readGrants(r *strictjson.Reader) ([]grantDraft, error) {
	grants := make([]grantDraft, 0, 4)
	_, err := r.Array(maxElements, func(i int) error {
		g, err := readGrant(r)
		grants = append(grants, g)
		if err != nil {
			return placed(fmt.Sprintf("grant %d", i), err)
		}
		return nil
	})
	return grants, err
}

func readGrant(r *strictjson.Reader) (g grantDraft, err error) {
	var args objectDraft
	err = r.Object(func(name string) (err error) {
		switch name {
		case "actions":
			g.actions, err = readStrings(r)
		case "resources":
			g.resources, err = readStrings(r)
		case "except":
			g.except, err = readStrings(r)
		default:
			err = args.readMember(r, name, 0)
		}
		return memberError(name, err)
	})
	if args.stated {
		g.object = newObject(args.args, args.optional, args.closed)
	}
	return g, err
}

func readLimits(r *strictjson.Reader) ([]limit, error) {
	list := []limit{}
	err := r.Object(func(name string) error {
		if len(list) == maxElements {
			return errCount(maxElements + 1)
		}
		l, err := readLimit(r)
		list = append(list, limit{name, l})
		return memberError(name, err)
	})
	return list, err
}

func readLimit(r *strictjson.Reader) (l Limit, err error) {
	stated := false
	err = r.Object(func(name string) (err error) {
		switch name {
		case "unit":
			l.Unit, err = r.String()
		case "max":
			stated = true
			l.Max, err = r.Int()
		case "per":
			l.Per, err = readPositive(r)
		case "split":
			if l.Split, err = r.String(); err == nil && l.Split == "" {
				err = errEmpty
			}
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	if err == nil && !stated {
		err = errors.New("no max")
	}
	return l, err
}

func readRequires(r *strictjson.Reader) (*Requires, error) {
	q := &Requires{}
	err := r.Object(func(name string) (err error) {
		switch name {
		case "attestation":
			q.Attestation, err = readStrings(r)
		case "approval":
			q.Approval, err = readApprovals(r)
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	return q, err
}

func readApprovals(r *strictjson.Reader) ([]ApprovalRule, error) {
	rules := []ApprovalRule{}
	_, err := r.Array(maxElements, func(i int) error {
		a, err := readApproval(r)
		rules = append(rules, a)
		if err != nil {
			return placed(fmt.Sprintf("rule %d", i), err)
		}
		return nil
	})
	return rules, err
}

func readApproval(r *strictjson.Reader) (a ApprovalRule, err error) {
	err = r.Object(func(name string) (err error) {
		switch name {
		case "actions":
			a.Actions, err = readStrings(r)
		case "by":
			a.By, err = readStrings(r)
		case "min":
			var n int64
			n, err = readPositive(r)
			a.Min = int(min(n, maxElements+1))
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	return a, err
}

func readOverlay(r *strictjson.Reader) (*Overlay, error) {
	o := &Overlay{}
	err := r.Object(func(name string) (err error) {
		switch name {
		case "actions":
			o.Actions, err = readStrings(r)
		case "resources":
			o.Resources, err = readStrings(r)
		default:
			err = errUnknown
		}
		return memberError(name, err)
	})
	return o, err
}
