package audit

import (
	"fmt"
	"math/bits"
)

// members is a set of members of an entry. Those that every entry has (v, id,
// type, agent, role, seq, time, and prev after seq 0) are not in it.
type members uint32

const (
	mAnchor members = 1 << iota
	mTask
	mCap
	mParent
	mChain
	mChildren
	mInvocation
	mAction
	mResource
	mArgs
	mInput
	mOutput
	mDecision
	mWhy
	mIntent
	mOutcome
	mModel
	mTool
	mRuntime
	mTrace
	mReceipt
)

var memberNames = [...]string{
	"anchor", "task", "cap", "parent", "chain", "children", "invocation", "action", "resource", "args",
	"input", "output", "decision", "why", "intent", "outcome", "model", "tool", "runtime", "trace", "receipt",
}

// String names the first member of the set.
func (m members) String() string {
	if m == 0 {
		return "none"
	}
	return memberNames[bits.TrailingZeros32(uint32(m))]
}

// present returns the members that e has.
func (e *Entry) present() members {
	var m members
	for i, there := range [...]bool{
		e.Anchor != nil, e.Task != "", e.Cap != "", e.Parent != nil, e.Chain != nil, len(e.Children) > 0,
		e.Invocation != "", e.Action != "", e.Resource != nil, e.Args != "", e.Input != "", e.Output != "",
		e.Decision != nil, e.Why != nil, !e.Intent.IsZero(), e.Outcome != "", e.Model != nil, e.Tool != nil,
		e.Runtime != "", e.Trace != "", e.Receipt != "",
	} {
		if there {
			m |= 1 << i
		}
	}
	return m
}

// entryRule is what entries of one type and role must and may have.
type entryRule struct {
	typ       Type
	role      Role
	must, may members
}

const (
	mEvery = mAnchor | mTrace | mRuntime // any entry may have these
	mMaker = mModel | mTool | mWhy       // and an agent's these
)

var entryRules = []entryRule{
	{TaskOpen, RoleAgent, mTask | mCap | mChain, mParent | mMaker},
	{Delegate, RoleAgent, mTask | mChain, mMaker},
	{ActionIntent, RoleAgent, mTask | mAction | mResource, mInvocation | mArgs | mInput | mMaker},
	{ActionResult, RoleAgent, mTask | mIntent | mOutcome, mInvocation | mAction | mResource | mOutput | mReceipt | mMaker},
	{StatusSeen, RoleAgent, mTask | mDecision, mChain},
	{TaskClose, RoleAgent, mTask, mChildren | mOutcome | mMaker},

	{TaskOpen, RoleVerifier, 0, 0},
	{Decided, RoleVerifier, mInvocation | mAction | mResource | mDecision, mTask | mChain | mArgs | mInput | mTool | mWhy},
	{ActionResult, RoleVerifier, mInvocation | mOutcome, mTask | mIntent | mAction | mResource | mOutput | mTool},
	{StatusSeen, RoleVerifier, mDecision, mTask | mChain},
	{TaskClose, RoleVerifier, 0, mOutcome},
}

// checkMembers holds e to the rule of its type and role.
func (e *Entry) checkMembers() error {
	for _, r := range entryRules {
		if r.typ != e.Type || r.role != e.Role {
			continue
		}
		have := e.present()
		if lacks := r.must &^ have; lacks != 0 {
			return fmt.Errorf("%s of a %s without %v", r.typ, r.role, lacks)
		}
		if extra := have &^ (r.must | r.may | mEvery); extra != 0 {
			return fmt.Errorf("%s of a %s with %v", r.typ, r.role, extra)
		}
		return nil
	}
	return fmt.Errorf("no type %.40q for the role %.40q", string(e.Type), string(e.Role))
}
