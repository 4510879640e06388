// What programs do with dockerode.
const assert = require('assert');
const {PassThrough} = require('stream');
const Docker = require('dockerode');

const docker = new Docker({socketPath: process.env.DOCKER_HOST.replace('unix://', '')});

function collect(stream) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    stream.on('data', (c) => chunks.push(c));
    stream.on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('error', reject);
  });
}

async function main() {
  assert.equal((await docker.ping()).toString(), 'OK');
  // Attached before the start: nothing is lost.
  const [out, err] = [new PassThrough(), new PassThrough()];
  const [said, complained] = [collect(out), collect(err)];
  const [ended, ran] = await docker.run('busybox', ['sh', '-c', 'echo out; echo err >&2; exit 3'], [out, err], {Tty: false, HostConfig: {NetworkMode: 'none'}});
  out.end();
  err.end();
  assert.equal(ended.StatusCode, 3);
  assert.equal((await said).toString(), 'out\n');
  assert.equal((await complained).toString(), 'err\n');
  await ran.remove();

  const c = await docker.createContainer({name: 'c', Image: 'busybox', Cmd: ['cat'], OpenStdin: true, StdinOnce: true, HostConfig: {NetworkMode: 'none'}});
  const attached = await c.attach({stream: true, stdin: true, stdout: true, hijack: true});
  await c.start();
  const echoed = new PassThrough();
  const heard = collect(echoed);
  c.modem.demuxStream(attached, echoed, echoed);
  attached.on('end', () => echoed.end());
  attached.write('to and fro\n');
  attached.end();
  assert.equal((await heard).toString(), 'to and fro\n');
  assert.equal((await c.wait()).StatusCode, 0);
  await c.remove();

  const d = await docker.createContainer({name: 'd', Image: 'busybox', Cmd: ['sleep', '1000'], HostConfig: {NetworkMode: 'none'}});
  await d.start();
  const exec = await d.exec({Cmd: ['sh', '-c', 'echo inside; exit 5'], AttachStdout: true, AttachStderr: true, Tty: true});
  const stream = await exec.start({hijack: true, Tty: true});
  assert.equal((await collect(stream)).toString(), 'inside\r\n');
  assert.equal((await exec.inspect()).ExitCode, 5);
  const archive = await collect(await d.getArchive({path: '/etc'}));
  assert.ok(archive.length >= 1024 && archive.length % 512 === 0);
  await d.putArchive(archive, {path: '/tmp'});
  const [sample] = (await collect(await d.stats({stream: true, 'one-shot': true}).then((s) => { s.once('data', () => setImmediate(() => s.destroy())); s.once('close', () => s.emit('end')); return s; }))).toString().split('\n');
  assert.equal(JSON.parse(sample).name, '/d');
  assert.equal((await docker.listContainers()).length, 1);
  await d.remove({force: true});
  await assert.rejects(docker.getContainer('d').inspect(), (e) => e.statusCode === 404);
  const v = await docker.createVolume({Name: 'vv'});
  assert.equal((await docker.listVolumes()).Volumes[0].Name, 'vv');
  await v.remove();
  console.log('all done');
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
