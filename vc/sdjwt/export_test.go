package sdjwt

// DigestOf is digestOf, for the vectors of RFC 9901.
var DigestOf = digestOf
