"""TypeScript becomes JavaScript, and what stays keeps its place."""

from __future__ import annotations

import re

import pytest
from scopebox_guest.engine import SourceError
from scopebox_guest.javascript.typescript.blanking import blank, prepare

API = ("log", "sleep", "request")

# TypeScript and the JavaScript of it; runs of spaces are one here, and their lengths are tested apart.
STATEMENTS = (
    ("let x: number = 1;", "let x = 1;"),
    ("let x: Map<string, number[]>, y = 2;", "let x , y = 2;"),
    ("let x!: string;", "let x ;"),
    ("const { a, b }: { a: string; b: 1 } = c;", "const { a, b } = c;"),
    ("interface A { x: number }", " "),
    ("type A<T> = T extends infer U ? U : never;", " "),
    ("declare const x: number; declare function f(): void; declare class C {}", " "),
    ("declare global { interface W {} }", " "),
    ("declare module 'x' { const y: 1 }", " "),
    ("declare enum E { A }", " "),
    ("namespace A.B { export type C = 1; interface D {} namespace E { type F = 1 } }", " "),
    ("for (const x of y as Z[]) {}", "for (const x of y ) {}"),
    ("try {} catch (error: unknown) {}", "try {} catch (error ) {}"),
    ("label: for (;;) break label;", "label: for (;;) break label;"),
)
EXPRESSIONS = (
    ("x as any;", "x ;"),
    ("x as unknown as T;", "x ;"),
    ("x as const satisfies A<B>;", "x ;"),
    ("x as a.b.c.D[];", "x ;"),
    ("f(x as A.B.C, y as D | E.F.G);", "f(x , y );"),
    ("a!.b!.c![0]!;", "a .b .c [0] ;"),
    ("a! = b!; c!++;", "a = b ; c ++;"),
    ("a !== b; a = !b;", "a !== b; a = !b;"),
    ("f<number>(1); new Map<string, A<B>>(); a?.<T>(b);", "f (1); new Map (); a?. (b);"),
    ("const g = f<string>;", "const g = f ;"),
    ("tag<T>`x`;", "tag `x`;"),
    ("a < b; a > b; a << b; (a < b) > c;", "a < b; a > b; a << b; (a < b) > c;"),
    ("x = <any>y; f(<T>{ a: 1 });", "x = y; f( { a: 1 });"),
    ("(x as any) = 1; (<any>y)++;", "(x ) = 1; ( y)++;"),
    ("a ? b : c as T;", "a ? b : c ;"),
    ("a && b as T === c;", "a && b === c;"),
    ("`${x as string}`;", "`${x }`;"),
    ("x = { a: 1 as A, b };", "x = { a: 1 , b };"),
)
FUNCTIONS = (
    ("function f<T>(a: T, b?: string, ...c: T[]): a is string {}", "function f (a , b , ...c ) {}"),
    ("function f(a: string): string;\nfunction f(a) {}", " \nfunction f(a) {}"),
    ("function f(this: A, b: C) {}", "function f( b ) {}"),
    ("function f(this: A) {}", "function f( ) {}"),
    ("function f({ a }: { a: 1 } = { a: 1 }): asserts a is 1 {}", "function f({ a } = { a: 1 }) {}"),
    ("const f = async <T,>(x: T): Promise<T> => x;", "const f = async (x ) => x;"),
    ("const f = <const T extends A>(x: T) => x;", "const f = (x ) => x;"),
    ("async function* f(): AsyncGenerator<T> { yield x as T }", "async function* f() { yield x }"),
    (
        "const o = { m<T>(x: T): T { return x; }, get y(): 1 { return 1; } };",
        "const o = { m (x ) { return x; }, get y() { return 1; } };",
    ),
)
CLASSES = (
    ("class A<T> extends B<T> implements C, D<E> {}", "class A extends B {}"),
    ("abstract class A { abstract x: 1; abstract f(): void; y = 1; }", " class A { ; ; y = 1; }"),
    ("class A { private x: number = 1; static readonly y?: string; z!: A; }", "class A { x = 1; static y ; z ; }"),
    ("class A { declare x: 1; [key: string]: any; static [k: string]: 1; #p: 1 = 1; }", "class A { ; ; ; #p = 1; }"),
    ("class A { constructor(x: string); constructor(x: any) {} }", "class A { ; constructor(x ) {} }"),
    ("class A { public async f?<T>(this: A, x?: T): Promise<void> {} }", "class A { async f ( x ) {} }"),
    (
        "class A { override get x(): 1 { return 1; } protected set x(v: 1) {} }",
        "class A { get x() { return 1; } set x(v ) {} }",
    ),
    ("class A { static { let x: 1; } }", "class A { static { let x ; } }"),
    ("export default abstract class A {}", "export default class A {}"),
)
MODULES = (
    ("import type { A } from 'x'; import type B from 'y';", " "),
    ("import { type A, type B as C } from 'x';", " "),
    ("import { type A, b } from 'x'; b();", "import { b } from 'x'; b();"),
    ("import { A, b } from 'x'; let c: A = b;", "import { b } from 'x'; let c = b;"),
    ("import A, { b } from 'x'; let c: A = b;", "import { b } from 'x'; let c = b;"),
    ("import b, * as A from 'x'; let c: A.D = b;", "import b from 'x'; let c = b;"),
    ("import { A } from 'x'; let c: typeof A;", " let c ;"),
    (
        "import 'x'; import {} from 'y'; import unused from 'z';",
        "import 'x'; import {} from 'y'; import unused from 'z';",
    ),
    ("import { log, SandboxEndpointRouter } from 'directus:api';", "import { log, } from 'directus:api';"),
    ("import { SandboxEndpointRouter } from 'directus:api';", " "),
    ("import { lgo } from 'directus:api'; lgo('x');", "import { lgo } from 'directus:api'; lgo('x');"),
    ("import { log as l } from 'directus:api'; l('x');", "import { log as l } from 'directus:api'; l('x');"),
    ("export type { A }; export type { B } from 'x'; export type * from 'y'; export type * as z from 'y';", " "),
    ("export interface A {} export type B = 1; export declare const c: 1; export default interface D {}", " "),
    ("interface A {} const b = 1; export { A, b, type C };", " const b = 1; export { b, };"),
    ("export function f(): void; export function f() {}", " export function f() {}"),
    ("export default x as T;", "export default x ;"),
    ("export as namespace A;", " "),
)
# Where a type kept two statements or tokens apart.
ENDS = (
    ("x as any\n(y)", "x ; \n(y)"),
    ("x as any // why\n[1].map(f)", "x ; // why\n[1].map(f)"),
    ("x = y as any\n[1, 2].map(f)", "x = y ; \n[1, 2].map(f)"),
    ("x satisfies A\n`text`", "x ; \n`text`"),
    ("const f = x as T\n(y: number) => z", "const f = x ; \n(y ) => z"),
    ("x as any\ny()", "x \ny()"),
    ("x as any\n+ y", "x \n+ y"),
    ("a\ntype A = 1\n(b)", "a\n; \n(b)"),
    ("a\ninterface A {}\n[b]", "a\n; \n[b]"),
    ("a\nfunction f(): void\n(b)", "a\n; \n(b)"),
    ("a\nimport { A } from 'x'\n(b)\nlet c: A", "a\n; \n(b)\nlet c "),
    ("let x: A\n(y)", "let x \n(y)"),
    ("let x: A\n[y].f()", "let x \n[y].f()"),
    ("class A { x = 1\n private [y] = 2 }", "class A { x = 1\n ; [y] = 2 }"),
    ("class A { x = 1\n public *y() {} }", "class A { x = 1\n ; *y() {} }"),
    ("class A { x = 1\n abstract y\n [z] = 1 }", "class A { x = 1\n ; \n [z] = 1 }"),
    ("class A { x: T\n [y]() {} }", "class A { x \n [y]() {} }"),
    ("class A { get: T\n f() {} }", "class A { get; \n f() {} }"),
    ("if (a) type B = 1\nc()", "if (a) ; \nc()"),
    ("() => { return <T>\n(x) => x }", "() => { return ( \n x) => x }"),
    ("f = async <T,\nU>(x: T) => x", "f = async ( \n x ) => x"),
    ("f = (x: T):\n U => x", "f = (x \n ) => x"),
    ("f = (): { a: 1,\n b: é } => x", "f = ( \n ) => x"),
    ("interface A {\n (): B<C>\n // d\n <D>(): E\n <F>(): G\n}\nf()", " \n \n \n \n \n \nf()"),
    ("let as = a\nas.b", "let as = a\nas.b"),
    ("x = a.b<C>(\n d)", "x = a.b (\n d)"),
    ("x = sql<A & B<C>>`d`", "x = sql `d`"),
    ("interface A {\n x: T\n [k: string]: U\n (y): z }\nf()", " \n \n \n \nf()"),
)
ALL = (*STATEMENTS, *EXPRESSIONS, *FUNCTIONS, *CLASSES, *MODULES, *ENDS)

REFUSED = (
    ("let a\n  enum A { B }", 2, 3, "const Color ="),
    ("export const enum A { B }", 1, 8, "const Color ="),
    ("namespace A { export const b = 1; }", 1, 1, "object"),
    ("module A { f() }", 1, 1, "object"),
    ("export namespace A.B { namespace C { type D = 1; let x } }", 1, 8, "object"),
    ("class A { constructor(private x: string) {} }", 1, 23, "this.name = name"),
    ("class A { constructor(readonly x) {} }", 1, 23, "this.name = name"),
    ("@dec class A {}", 1, 1, "Call the function"),
    ("class A { @dec() f() {} }", 1, 11, "Call the function"),
    ('import a = require("b");', 1, 1, "import { log }"),
    ("import A = B.C;", 1, 1, "const name"),
    ("export import A = B.C;", 1, 8, "const name"),
    ("export = a;", 1, 1, "export default"),
    ("/* é */ f(() => <A>{});", 1, 17, "(value as Type)"),
    ("<A>{};", 1, 1, "(value as Type)"),
    ("const f = () => { return <A>\nb; }", 1, 26, "(value as Type)"),
    ("a + b as T * c", 1, 1, "parentheses"),
    ("a ?? b as T && c", 1, 1, "parentheses"),
)


def squeezed(text: str) -> str:
    return re.sub(" +", " ", text)


@pytest.mark.parametrize(("source", "expected"), ALL)
def test_types_become_spaces(source: str, expected: str) -> None:
    found = squeezed(blank(source, API))
    assert re.sub(r"(?<=[;\s])[; ]+$|^ | $", "", found) == re.sub(r"(?<=[;\s])[; ]+$|^ | $", "", expected)


@pytest.mark.parametrize("source", [source for source, _ in ALL])
@pytest.mark.parametrize("around", ["{}", "/* ☃😀 */ {}", "é😀();\r\n{}\r\n\tg()"])
def test_every_character_that_stays_keeps_its_place(source: str, around: str) -> None:
    text = around.format(source)
    found = blank(text, API)
    assert len(found) == len(text)
    assert [at for at, c in enumerate(found) if c in "\r\n"] == [at for at, c in enumerate(text) if c in "\r\n"]
    moved = {at: c for at, c in enumerate(found) if c != text[at]}
    assert set(moved.values()) <= set(" ;()")


@pytest.mark.parametrize("source", [source for source, _ in ALL])
def test_javascript_stays_as_it_is(source: str) -> None:
    once = blank(source, API)
    assert blank(once, API) == once


@pytest.mark.parametrize(("source", "line", "column", "hint"), REFUSED)
def test_what_is_more_than_a_type_is_refused_where_it_stands(source: str, line: int, column: int, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        blank(source, API)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("let a: A<B> = ;\nlet b: C = 1", "let a = ;\nlet b = 1"),
        ("f({ a: 'b'\n b: async (x: T): U<V> => x as T });", "f({ a: 'b'\n b: async (x ) => x });"),
        ("const f = (a: number): void => {\n  x(b as string", "const f = (a ) => {\n x(b "),
        ("f({ a: 1\n b: (x: T): U<V> => x as T });", "f({ a: 1\n b: (x ) => x });"),
        ("/* é */ f('a' as A 'b' as B, [1\n {} as C])", "/* é */ f('a' 'b' , [1\n {} ])"),
        ("let c: Foo<Bar> = {", "let c = {"),
        ("x = () => {\n  f((a: A): B => [a as A", "x = () => {\n f((a ) => [a "),
        ("class A { private x: number = ; f(y: T) {} }", "class A { x = ; f(y ) {} }"),
    ],
)
def test_types_are_left_out_around_a_mistake_too(source: str, expected: str) -> None:
    assert squeezed(blank(source)) == expected


def test_the_parser_is_made_once() -> None:
    prepare()
    prepare()
    assert blank("") == ""
    assert blank("\n \n") == "\n \n"
