// Evaluated once for each extension, before its code. Whatever is used later is taken first, since code may replace it: nothing
// here calls a method of an object, spreads, or destructures a list, and all own objects are without a prototype.
// The value is a function of the port: `text in port` asks Python, and answers true for a call that has to wait for its answer, false
// for one that is answered, with the answer in `slot.value`; or it throws.
((port, most) => {
  'use strict';
  const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Reflect;
  const { stringify, rawJSON } = JSON;
  const { isArray } = Array;
  const { keys: keysOf, is: isSame } = Object;
  const objectPrototype = Object.prototype;
  const toText = String;
  const ErrorType = Error;
  const TypeErrorType = TypeError;
  const PromiseType = Promise;
  const ProxyType = Proxy;
  const BufferType = ArrayBuffer;
  const describeKind = objectPrototype.toString;
  const functionToString = Function.prototype.toString;
  const sliceText = String.prototype.slice;
  const replaceText = String.prototype.replaceAll;
  const dateToJSON = Date.prototype.toISOString;
  const dateTime = Date.prototype.getTime;
  const symbolToString = Symbol.prototype.toString;
  const bigIntToString = BigInt.prototype.toString;
  const regExpToString = RegExp.prototype.toString;
  const valueOfs = {
    __proto__: null,
    '[object Boolean]': Boolean.prototype.valueOf,
    '[object Number]': Number.prototype.valueOf,
    '[object String]': String.prototype.valueOf,
    '[object BigInt]': BigInt.prototype.valueOf,
  };
  const mapForEach = Map.prototype.forEach;
  const setForEach = Set.prototype.forEach;
  const weakGet = WeakMap.prototype.get;
  const weakSet = WeakMap.prototype.set;
  const stackOf = getOwnPropertyDescriptor(Error.prototype, 'stack').get;
  const isInteger = Number.isSafeInteger;
  const details = new WeakMap();
  const capture = Error.captureStackTrace;
  const global = globalThis;

  const hidden = (target, name, value) =>
    defineProperty(target, name, { __proto__: null, value, writable: true, configurable: true, enumerable: false });

  const define = (target, key, value) =>
    defineProperty(target, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true });

  // What an isolate of a Directus lacks.
  const LACKING = [
    'queueMicrotask', 'performance', 'atob', 'btoa', 'DOMException', 'navigator',
    'InternalError', 'SuppressedError', 'DisposableStack', 'AsyncDisposableStack', 'Float16Array',
  ];
  for (const name of LACKING)
    deleteProperty(global, name);

  // Keep a realm that no code has seen from two ways to end the guest. Iterators that are made of iterators call the `next` of each other in
  // C, where nothing looks at the stack: a proxy is called as code is. And `bind` takes for granted that there is memory: what is freed before it is there.
  const guard = (realm) => {
    const wrapped = realm.Iterator.from({ __proto__: null, next: undefined });
    guardNext(getPrototypeOf(wrapped));
    guardNext(getPrototypeOf(wrapped.take(0)));
    const functionPrototype = realm.Function.prototype;
    hidden(functionPrototype, 'bind', new ProxyType(functionPrototype.bind, {
      __proto__: null,
      apply(bind, self, values) {
        new BufferType(BIND_BYTES + BYTES_BOUND * values.length);
        return apply(bind, self, values);
      },
    }));
  };
  const BIND_BYTES = 4096, BYTES_BOUND = 64;
  const guardNext = (prototype) => hidden(prototype, 'next', new ProxyType(prototype.next, { __proto__: null }));
  guard(global);

  defineProperty(Error, 'prepareStackTrace', { __proto__: null, get: () => undefined, set: () => {}, configurable: false });
  defineProperty(Error.prototype, 'stack', {
    __proto__: null,
    get() {
      const stack = apply(stackOf, this, []);
      return typeof stack === 'string' ? heading(this) + '\n' + visible(stack) : stack;
    },
    set(value) {
      if (this !== null && typeof this === 'object') hidden(this, 'stack', value);
    },
    configurable: true,
  });

  // A stack without the levels of this file, which have no name of a file.
  const ownLevels = /^    at .* \(<null>(?::\d+:\d+)?\)\n/gm;
  const replacePattern = RegExp.prototype[Symbol.replace];
  const visible = (stack) => apply(sliceText, apply(replacePattern, ownLevels, [stack, '']), [0, -1]);

  const heading = (error) => {
    const name = textOf(error, 'name', 'Error'), message = textOf(error, 'message', '');
    return message ? (name ? name + ': ' + message : message) : name;
  };

  // Read a text of an object of the extension, whose getters may do anything.
  const textOf = (object, key, otherwise) => {
    try {
      const value = object[key];
      return typeof value === 'string' ? value : value === undefined ? otherwise : toText(value);
    } catch {
      return otherwise;
    }
  };

  const shorten = (text, length) => (text.length <= length ? text : apply(sliceText, text, [0, length]) + '…');

  // Values on their way out: as a structured clone would be, and then JSON.

  const UNCLONABLE = {
    __proto__: null, '[object Promise]': 1, '[object WeakMap]': 1, '[object WeakSet]': 1, '[object WeakRef]': 1,
    '[object Generator]': 1, '[object AsyncGenerator]': 1, '[object Symbol]': 1, '[object FinalizationRegistry]': 1,
    '[object Module]': 1,
  };
  const EMPTY = {
    __proto__: null, '[object Error]': 1, '[object Map]': 1, '[object Set]': 1, '[object RegExp]': 1,
    '[object ArrayBuffer]': 1, '[object SharedArrayBuffer]': 1, '[object DataView]': 1,
  };

  // Refuse a value at the line where it was to be written, however deep it is.
  const refuse = (message) => {
    const error = new TypeErrorType(message);
    const trace = { __proto__: null, stack: '' };
    capture(trace, write);
    apply(weakSet, details, [error, { __proto__: null, call: 0, stack: toText(trace.stack) }]);
    hidden(error, 'stack', heading(error) + '\n' + visible(trace.stack));
    throw error;
  };

  const refuseClone = (value) => {
    let text;
    if (typeof value === 'function') text = shorten(apply(functionToString, value, []), 1000);
    else if (typeof value === 'symbol') text = apply(symbolToString, value, []);
    else text = '#<' + nameOfClass(value) + '>';
    return refuse(text + ' could not be cloned.');
  };

  const nameOfClass = (value) => {
    try {
      const name = value.constructor.name;
      return typeof name === 'string' && name ? name : 'Object';
    } catch {
      return 'Object';
    }
  };

  // Return the clone, in which JSON finds no method of anybody. Every property is read once.
  const clean = (value, depth) => {
    switch (typeof value) {
      case 'object':
        break;
      case 'function':
      case 'symbol':
        return refuseClone(value);
      case 'bigint':
        return refuse('Do not know how to serialize a BigInt');
      default:
        return value;
    }
    if (value === null) return null;
    if (depth > most) return refuse('the value is nested deeper than ' + most + ' levels, or contains itself');
    if (isArray(value)) return cleanArray(value, depth + 1);
    const prototype = getPrototypeOf(value);
    if (prototype === objectPrototype || prototype === null) return cleanObject(value, depth + 1);
    const kind = apply(describeKind, value, []);
    if (UNCLONABLE[kind]) return refuseClone(value);
    if (EMPTY[kind]) return { __proto__: null };
    if (kind === '[object Date]') {
      const time = apply(dateTime, value, []);
      return isSame(time, NaN) ? null : apply(dateToJSON, value, []);
    }
    if (valueOfs[kind]) return clean(apply(valueOfs[kind], value, []), depth);
    return cleanObject(value, depth + 1);
  };

  const cleanArray = (value, depth) => {
    const copy = [];
    const length = value.length;
    for (let index = 0; index < length; index++) define(copy, index, clean(value[index], depth));
    return copy;
  };

  const cleanObject = (value, depth) => {
    const names = keysOf(value);
    const copy = { __proto__: null };
    for (let index = 0; index < names.length; index++) copy[names[index]] = clean(value[names[index]], depth);
    return copy;
  };

  const write = (value) => stringify(clean(value, 0));

  // Texts for people: what the console writes, and results that are not data.

  const CANNOT_BE_SHOWN = '<a value that cannot be shown>';
  const MOST_SHOWN = 100, DEEPEST_SHOWN = 4, LONGEST_SHOWN = 10000;

  const quoted = (text) => {
    const inner = stringify(text);
    return "'" + apply(replaceText, apply(replaceText, apply(sliceText, inner, [1, -1]), ['\\"', '"']), ["'", "\\'"]) + "'";
  };

  const show = (value, depth, seen) => {
    try {
      return showAny(value, depth, seen);
    } catch {
      return CANNOT_BE_SHOWN;
    }
  };

  const showAt = (object, key, depth, seen) => {
    try {
      return showAny(object[key], depth, seen);
    } catch {
      return CANNOT_BE_SHOWN;
    }
  };

  const showAny = (value, depth, seen) => {
    switch (typeof value) {
      case 'string':
        return depth ? quoted(shorten(value, LONGEST_SHOWN)) : value;
      case 'bigint':
        return apply(bigIntToString, value, []) + 'n';
      case 'symbol':
        return apply(symbolToString, value, []);
      case 'function':
        return showFunction(value);
      case 'object':
        return value === null ? 'null' : showObject(value, depth, seen);
      default:
        return isSame(value, -0) ? '-0' : toText(value);
    }
  };

  const showFunction = (value) => {
    const source = apply(sliceText, apply(functionToString, value, []), [0, 5]);
    const name = textOf(value, 'name', '');
    if (source === 'class') return name ? '[class ' + name + ']' : '[class (anonymous)]';
    return name ? '[Function: ' + shorten(name, 100) + ']' : '[Function (anonymous)]';
  };

  const showObject = (value, depth, seen) => {
    const kind = apply(describeKind, value, []);
    if (kind === '[object Error]') return textOf(value, 'stack', '') || heading(value);
    if (kind === '[object Date]') {
      const time = apply(dateTime, value, []);
      return isSame(time, NaN) ? 'Invalid Date' : apply(dateToJSON, value, []);
    }
    if (kind === '[object RegExp]') return apply(regExpToString, value, []);
    for (let outer = seen; outer !== null; outer = outer.seen) if (outer.value === value) return '[Circular]';
    const inside = { __proto__: null, value, seen };
    if (isArray(value)) return depth > DEEPEST_SHOWN ? '[Array]' : showArray(value, depth, inside);
    const name = getPrototypeOf(value) === null ? '[Object: null prototype]' : nameOfClass(value);
    if (depth > DEEPEST_SHOWN) return '[' + name + ']';
    const parts = { __proto__: null, text: '', count: 0 };
    if (kind === '[object Map]')
      apply(mapForEach, value, [(item, key) => add(parts, show(key, depth + 1, inside) + ' => ' + show(item, depth + 1, inside))]);
    else if (kind === '[object Set]') apply(setForEach, value, [(item) => add(parts, show(item, depth + 1, inside))]);
    else {
      const names = keysOf(value);
      for (let index = 0; index < names.length && index <= MOST_SHOWN; index++)
        add(parts, showKey(names[index]) + ': ' + showAt(value, names[index], depth + 1, inside));
    }
    const prefix = name === 'Object' ? '' : name + ' ';
    return prefix + (parts.count ? '{ ' + parts.text + ' }' : '{}');
  };

  const plainKey = /^[A-Za-z_$][\w$]*$/;
  const testKey = RegExp.prototype.exec;
  const showKey = (key) => (apply(testKey, plainKey, [key]) === null ? quoted(key) : key);

  const add = (parts, text) => {
    parts.count++;
    if (parts.count <= MOST_SHOWN) parts.text += (parts.count > 1 ? ', ' : '') + text;
    else if (parts.count === MOST_SHOWN + 1) parts.text += ', …';
  };

  const showArray = (value, depth, inside) => {
    const parts = { __proto__: null, text: '', count: 0 };
    for (let index = 0; index < value.length && index <= MOST_SHOWN; index++) add(parts, showAt(value, index, depth + 1, inside));
    return parts.count ? '[ ' + parts.text + ' ]' : '[]';
  };

  const print = (values) => {
    let text = '';
    for (let index = 0; index < values.length; index++)
      text += (index ? ' ' : '') + show(values[index], typeof values[index] === 'string' ? 0 : 1, null);
    void ('p' + text + '\n' in port);
  };

  const console = {};
  for (const name of ['log', 'info', 'debug', 'warn', 'error', 'trace', 'dir', 'dirxml', 'table', 'group', 'groupCollapsed'])
    console[name] = { [name](...values) { print(values); } }[name];
  console.assert = function assert(condition, ...values) {
    if (!condition) print(values.length ? values : ['Assertion failed']);
  };
  for (const name of ['clear', 'count', 'countReset', 'groupEnd', 'time', 'timeEnd', 'timeLog'])
    console[name] = { [name]() {} }[name];
  hidden(global, 'console', console);
  hidden(JSON, 'rawJSON', { rawJSON(text) { void ('r' in port); return rawJSON(text); } }.rawJSON);
  hidden(global, 'process', { env: { NODE_ENV: 'production' } });

  // Calls of the host

  const slot = { __proto__: null, handler: undefined, value: undefined };
  const pending = { __proto__: null };
  let last = 0;
  let lastStack;

  // Send a call that the extension made of the function `from`. A stack that was told with the call before is null. `resolve` is undefined for one whose answer is waited for here.
  const send = (type, args, from, handler, resolve, reject) => {
    const trace = { __proto__: null, stack: '' };
    capture(trace, from);
    const number = ++last, stack = toText(trace.stack);
    const told = stack === lastStack ? 'null' : stringify(stack);
    lastStack = undefined;
    let length = args.length, text = '';
    while (length && args[length - 1] === undefined) length--;
    for (let index = 0; index < length; index++) {
      const item = args[index];
      const written = typeof item === 'string' ? stringify(item) : write(item);
      text += (index ? ',' : '') + (written === undefined ? 'null' : written);
    }
    text = 'c[' + stringify(type) + ',' + number + ',' + (resolve === undefined) + ',' + (handler !== undefined) + ',' + told + ',[' + text + ']]';
    if (handler !== undefined) slot.handler = handler;
    const waits = text in port;
    lastStack = stack;
    if (waits) {
      pending[number] = { __proto__: null, resolve, reject };
      return undefined;
    }
    const value = slot.value;
    slot.value = undefined;
    return resolve === undefined ? value : resolve(value);
  };

  const settle = (number, failed, value) => {
    const call = pending[number];
    delete pending[number];
    if (failed) call.reject(value);
    else call.resolve(value);
  };

  // Make the error of a failed call, of this realm or of another one.
  const failed = (given, realm) => {
    const kind = given.kind === 'TypeError' ? 'TypeError' : 'Error';
    const Kind = realm !== undefined ? realm[kind] : kind === 'Error' ? ErrorType : TypeErrorType;
    const error = new Kind(given.message);
    hidden(error, 'reason', given.reason);
    hidden(error, 'status', given.status);
    hidden(error, 'data', given.data);
    hidden(error, 'hint', given.hint);
    if (given.stack) hidden(error, 'stack', heading(error) + '\n' + visible(given.stack));
    apply(weakSet, details, [error, given]);
    return error;
  };

  // What the call is called whose error this is.
  const labelOf = (error) => {
    const given = error !== null && typeof error === 'object' ? apply(weakGet, details, [error]) : undefined;
    return given === undefined ? undefined : given.label;
  };

  const prohibited = () =>
    new ErrorType('Imports other than "directus:api" are prohibited in API extension sandboxes');

  // Tell Python of an error, as JSON.
  const describe = (error) => {
    const told = { __proto__: null, name: 'Error', message: '', stack: '', reason: '', status: 0, hint: '', call: 0, data: null };
    if (error === null || (typeof error !== 'object' && typeof error !== 'function')) {
      told.message = shorten(show(error, 0, null), 4000);
      return stringify(told);
    }
    const given = apply(weakGet, details, [error]);
    if (given !== undefined) told.call = given.call;
    if (typeof error === 'object') told.name = shorten(textOf(error, 'name', ''), 100) || 'Error';
    const isError = apply(describeKind, error, []) === '[object Error]';
    told.message = shorten(textOf(error, 'message', isError ? '' : show(error, 1, null)), 4000);
    told.stack = given === undefined ? stackText(error) : toText(given.stack);
    told.reason = shorten(textOf(error, 'reason', ''), 100);
    told.hint = shorten(textOf(error, 'hint', ''), 4000);
    try {
      const status = error.status;
      if (isInteger(status) && status >= 0) told.status = status;
    } catch {}
    let text = 'null';
    try {
      text = write(error.data) ?? 'null';
    } catch {}
    return apply(sliceText, stringify(told), [0, -5]) + (text.length <= most * 300 ? text : 'null') + '}';
  };

  const stackText = (error) => {
    try {
      const stack = apply(stackOf, error, []);
      return typeof stack === 'string' ? stack : '';
    } catch {
      return '';
    }
  };

  // What extensions are given. `names` tells which functions there are, which answer at once, and what handlers are called.

  const setUp = (names) => {
    const { immediate, handlers } = names;
    setPrototypeOf(immediate, null);
    setPrototypeOf(handlers, null);
    setPrototypeOf(names.objects, null);
    hidden(global, 'exec', function exec(type, ...args) {
      return new PromiseType((resolve, reject) => {
        if (typeof type !== 'string') throw new TypeErrorType('Execution type has to be of type string');
        let handler;
        const options = args[0];
        if (handlers[type] !== undefined) {
          if (args.length !== 1 || options === null || typeof options !== 'object') {
            const error = new TypeErrorType('exec("' + type + '") takes one object');
            hidden(error, 'hint', names.objects[type]);
            throw error;
          }
          if ('handler' in options) {
            handler = callable(options.handler, handlers[type]);
            args[0] = without(options);
          }
        }
        send(type, args, exec, handler, resolve, reject);
      });
    });
    const api = { __proto__: null };
    for (let index = 0; index < names.functions.length; index++) {
      const name = names.functions[index], type = names.prefix + name;
      const call = immediate[type]
        ? { [name](...args) { return send(type, args, call); } }[name]
        : { [name](...args) { return new PromiseType((resolve, reject) => send(type, args, call, undefined, resolve, reject)); } }[name];
      api[name] = call;
    }
    return api;
  };

  const callable = (handler, label) => {
    if (typeof handler !== 'function') throw new TypeErrorType(label + ' has to be of type function');
    return handler;
  };

  const without = (options) => {
    const rest = { __proto__: null };
    const names = keysOf(options);
    for (let index = 0; index < names.length; index++)
      if (names[index] !== 'handler') rest[names[index]] = options[names[index]];
    return rest;
  };

  // Default exports. `names.kinds` are the kinds of listeners of a hook, `names.methods` those of a router.

  const register = (type, options, from, handler, label) => {
    callable(handler, label);
    send(type, [options], from, handler);
  };

  const textual = (value, label) => {
    if (typeof value !== 'string') throw new TypeErrorType(label + ' has to be of type string');
    return value;
  };

  const registrar = (names) => {
    const { handlers } = names;
    const router = () => {
      const made = {};
      for (let index = 0; index < names.methods.length; index++) {
        const method = names.methods[index], name = names.routes[index];
        const route = {
          [name](path, handler) {
            textual(path, 'Route path');
            const options = { __proto__: null, path, method, style: 'router' };
            register('register-endpoint', options, route, handler, handlers['register-endpoint']);
          },
        }[name];
        made[name] = route;
      }
      return made;
    };
    const listeners = () => {
      const made = {};
      for (let index = 0; index < names.kinds.length; index++) {
        const name = names.kinds[index], type = 'register-' + name, title = names.titles[index];
        const listen = {
          [name](event, handler) {
            textual(event, title + ' event');
            register(type, { __proto__: null, event, style: 'default' }, listen, handler, handlers[type]);
          },
        }[name];
        made[name] = listen;
      }
      return made;
    };
    return (type, exported) => {
      if (type === 'operation') {
        if (exported === null || typeof exported !== 'object') throw new TypeErrorType(names.noObject);
        const id = textual(exported.id, names.id);
        return register('register-operation', { __proto__: null, id, style: 'default' }, undefined, exported.handler, handlers['register-operation']);
      }
      if (typeof exported !== 'function') throw new TypeErrorType(names.noFunction);
      return apply(exported, undefined, [type === 'endpoint' ? router() : listeners()]);
    };
  };

  const invoke = async (handler, args) => await apply(handler, undefined, args);

  const arity = (handler) => {
    try {
      const length = handler.length;
      return isInteger(length) && length > 0 ? (length < 100 ? length : 100) : 0;
    } catch {
      return 0;
    }
  };

  return { __proto__: null, slot, setUp, registrar, settle, failed, prohibited, describe, labelOf, write, invoke, arity, guard,
    show: (value) => shorten(show(value, 1, null), LONGEST_SHOWN), put: (name, value) => define(global, name, value) };
})
