package delegation

import "fmt"

// The rules about a child and its parent. Verify applies them to every pair of a
// chain, Extend to the pair it is about to make.

// checkOrder is rule 5: the parent's subject is the child's issuer. That no two
// links share an id is checked over the chain.
func checkOrder(parent, child *link) *Refusal {
	if parent.subject != child.issuer {
		return &Refusal{
			Rule: ErrOrder, Offered: "issuer " + child.issuer.String(), Allowed: parent.subject.String() + ", the holder of its parent",
			Fix: "present every link between the two, in order",
		}
	}
	return nil
}

// checkParent is rule 6: the child names this very parent.
func checkParent(parent, child *link) *Refusal {
	switch {
	case child.parentErr != nil:
		return &Refusal{Rule: ErrParent, Err: child.parentErr}
	case child.parent == nil:
		return &Refusal{Rule: ErrParent, Err: fmt.Errorf("it has none")}
	case child.parent.id != parent.id:
		return &Refusal{Rule: ErrParent, Offered: "id " + quote(child.parent.id), Allowed: quote(parent.id)}
	case child.parent.digest != parent.digest:
		return &Refusal{Rule: ErrParent, Offered: "digest " + quote(child.parent.digest), Allowed: parent.digest}
	}
	return nil
}

// checkOutlives is rule 8: the child's time lies inside its parent's.
func checkOutlives(parent, child *link) *Refusal {
	if child.from.Before(parent.from) || child.until.After(parent.until) {
		return &Refusal{Rule: ErrOutlives, Offered: period(child), Allowed: period(parent), Fix: "issue it for a time inside its parent's"}
	}
	return nil
}

// checkTask is rule 10.
func checkTask(parent, child *link) *Refusal {
	if parent.task.ID != child.task.ID {
		return &Refusal{Rule: ErrTask, Offered: quote(child.task.ID), Allowed: quote(parent.task.ID)}
	}
	return nil
}

// checkWidened is rule 11: the child's authority lies inside its parent's.
func checkWidened(parent, child *link) *Refusal {
	if r := parent.authority.refuseChild(child.authority, 1); r != nil {
		return r
	}
	return nil
}

func period(l *link) string {
	return l.from.Format(timeLayout) + " to " + l.until.Format(timeLayout)
}
