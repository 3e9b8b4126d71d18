package main

import (
	"context"

	"github.com/taperid/taper/delegation"
)

// judgeReceipt accepts a receipt that the verifier signed of that invocation.
func judgeReceipt(f *fields) *result {
	receipt, invocation := f.required("receipt"), f.required("invocation")
	verifier := f.did("verifier", f.required("verifier"))
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	token, _ := text(receipt) // what is no text is no receipt
	asked, _ := text(invocation)
	got, err := delegation.VerifyReceipt(context.Background(), token, asked, verifier, nil)
	r := accepted(err)
	if err == nil {
		r.add("permitted", got.Permitted)
		if !got.Permitted {
			r.add("deniedBy", int(got.Rule))
		}
	}
	return r
}
