// Package ext stands for a module that Traefik keeps beside its own, which therefore is in no download: places where
// something can be added to its configuration. Nothing is.
package ext

type HTTP struct{}

type Router struct{}
