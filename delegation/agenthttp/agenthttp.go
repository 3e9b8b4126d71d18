// Package agenthttp carries chains and invocations over HTTP (docs/spec.md section
// 6.5). [Transport] is the agent's side: an http.RoundTripper that signs each
// request, method, URL and body. [Guard] is the server's: a middleware that lets a
// handler see only requests that a chain allows, and answers with a receipt.
//
//	Authorization: Taper <invocation>
//	Taper-Chain: <packed chain>, or digest=<digest of a chain sent before>
//	Taper-Approval: <approval>       (none or more)
//	Taper-Evidence: <evidence>       (none or more)
//
// The request that is judged is made from the request at hand and the server's
// configuration, never from what the agent says of it, and the handler gets what
// was judged: the arguments, and the octets of the body.
//
// To have both sides in an audit log: a handler behind a Guard records what it is about
// to do, for example with decisions.Log.Permitted; an agent records in the Base of its
// Transport, which gets each request signed and not yet sent, and finds in its
// Authorization header the invocation ([delegation.ParseInvocation]) whose digest an auditor
// matches the two sides by. What a Guard refuses it tells the agent and nobody else, so
// the log has the agent's word alone for it: an auditor reports that as unmatched.
package agenthttp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/taperid/taper/delegation"
)

// ErrConfig is returned for a Guard or a Transport that could check or sign nothing.
var ErrConfig = errors.New("agenthttp: configuration")

// The headers.
const (
	headerAuthorization = "Authorization"
	headerChain         = "Taper-Chain"
	headerApproval      = "Taper-Approval"
	headerEvidence      = "Taper-Evidence"
	headerReceipt       = "Taper-Receipt"
	headerAnswer        = "WWW-Authenticate"
)

const (
	scheme       = "Taper"
	digestPrefix = "digest="
	needChain    = scheme + ` need="chain"`
)

// maxShown bounds the approvals and the pieces of evidence of one request, each.
const maxShown = 64

// maxBody is the largest body where nothing else is said: arguments are not larger.
const maxBody = 256 << 10

// Route says which action and which resource a request is, from its method and
// its path as it stands in the request line, still escaped. Agent and server use
// the same. An error is a request that has neither, which is refused.
type Route func(method, path string) (action, resource string, err error)

// PlainRoute is the Route of a server whose resources are its URLs: the action is
// http/ and the method in lower case, the resource the origin and the path. A path
// that is no resource in normal form, such as one that ends in a slash, is in no
// authority.
func PlainRoute(origin string) Route {
	return func(method, path string) (string, string, error) {
		if path == "/" {
			path = ""
		}
		return "http/" + strings.ToLower(method), origin + path, nil
	}
}

// checkOrigin refuses what is no https origin as an audience names it.
func checkOrigin(origin string) error {
	_, err := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"**"}, Resources: []string{origin}}},
		Audience: []string{origin},
	})
	if err != nil || !strings.HasPrefix(origin, "https://") {
		return fmt.Errorf("%w: %.120q is no https origin", ErrConfig, origin)
	}
	return nil
}
